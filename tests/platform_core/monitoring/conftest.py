"""An endpoint whose log is written as a runtime writes it."""

import secrets
import time
from datetime import UTC, datetime

import numpy as np
import pytest

from platform_core.jobs import api as jobs
from platform_core.monitoring import engine, services
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.serving.protocol import records
from platform_core.serving.protocol.records import Record
from tests.apps.recommendation.conftest import run_job
from tests.ml.runtime import sample_models


@pytest.fixture(autouse=True)
def memory_store(settings):
    settings.STORE_URL = f"memory://{secrets.token_hex(8)}"


@pytest.fixture
def endpoint(actor) -> serving.Endpoint:
    version = registry.register_version(
        actor=actor,
        model=registry.ModelSpec("scaler", "test", "test"),
        bundle=sample_models.scaler(1.0),
        metrics={},
        parameters={},
        lineage=registry.Lineage(),
    )
    registry.set_alias(actor=actor, model=version.model, alias="champion", version=version)
    return serving.create_endpoint(actor=actor, name="prices", model_name="scaler")


def log(endpoint, inputs, outputs, *, version=1, at=None, prefix="r"):
    """Write one request for each row, as a runtime would; return their ids."""
    at = at or time.time()
    made = [
        Record(f"{prefix}{n}", at, version, "champion", 0.001, {"x": x[None]}, {"y": y[None]})
        for n, (x, y) in enumerate(zip(inputs, outputs, strict=True))
    ]
    moment = datetime.fromtimestamp(at, UTC)
    body = serving.LogBody(records.pack(made), len(made), moment, moment)
    kind = serving.LogBatch.Kind.REQUESTS
    serving.request_log.append(endpoint=endpoint, kind=kind, body=body)
    return [record.id for record in made]


def rows(number, seed=0, shift=0.0):
    return np.random.default_rng(seed).normal(shift, size=(number, 4)).astype(np.float32)


def measured(actor, endpoint) -> jobs.Job:
    """Ask for a measuring and carry it out here."""
    job = services.request_measuring(actor=actor, endpoint=endpoint)
    return run_job(actor, job, engine.measure)
