import itertools
import uuid

import pytest

from ml.common.bundle import Bundle
from platform_core.accounts.api import Actor
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from tests import factories
from tests.platform_core.serving import processes

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def shared_runtime(child_environment, tmp_path_factory):
    """One runtime for all tests that do not need it with limits of their own."""
    runtime = processes.RuntimeProcess(tmp_path_factory.mktemp("rt"), child_environment)
    yield runtime.start()
    runtime.stop()


@pytest.fixture
def runtime(shared_runtime, transactional_db, settings):
    settings.RUNTIME_SOCKET = shared_runtime.socket
    return shared_runtime


@pytest.fixture
def own_runtime(child_environment, transactional_db, settings, tmp_path_factory):
    """Return a function that starts a runtime of one's own: `start(*arguments, MEMORY_MB="8")`."""
    started = []

    def start(*arguments: str, **variables: str) -> processes.RuntimeProcess:
        extra = {f"PENTAQUARK_RUNTIME_{name}": value for name, value in variables.items()}
        made = processes.RuntimeProcess(
            tmp_path_factory.mktemp("rt"), child_environment | extra, arguments
        )
        settings.RUNTIME_SOCKET = made.socket
        started.append(made)
        return made.start()

    yield start
    for made in started:
        made.stop()


@pytest.fixture
def register():
    """Return a function that registers a bundle as a new version, promoted unless told otherwise."""

    def new_version(
        actor: Actor, name: str, bundle: Bundle, *, promote: bool = True
    ) -> registry.ModelVersion:
        version = registry.register_version(
            actor=actor,
            model=registry.ModelSpec(name=name, application="test", task="test"),
            bundle=bundle,
            metrics={"accuracy": 1.0},
            parameters={"depth": 1},
            lineage=registry.Lineage((uuid.uuid4(),), "test", seed=1, job_id=uuid.uuid4()),
        )
        if promote:
            promote_version(actor, version)
        return version

    return new_version


def promote_version(actor: Actor, version: registry.ModelVersion) -> None:
    registry.set_alias(actor=actor, model=version.model, alias="champion", version=version)


@pytest.fixture
def serve(register):
    """Return a function that registers a bundle and makes its endpoint; gives the endpoint's name."""

    def endpoint(actor: Actor, bundle: Bundle, name: str = "") -> str:
        name = name or f"model-{next(_numbers)}"
        register(actor, name, bundle)
        serving.ensure_endpoint(actor=actor, name=name, model_name=name)
        return name

    return endpoint


@pytest.fixture
def headers():
    """Return the headers of an API key of an actor."""

    def with_key(actor: Actor, *scopes: str) -> dict[str, str]:
        return {"authorization": f"Bearer {factories.api_key(actor, *scopes)}"}

    return with_key
