"""What is known of endpoints: the row in the database joined with what the runtime holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving import runtime_link
from platform_core.serving.answers import LoadedModel
from platform_core.serving.models import Endpoint


@dataclass(frozen=True)
class EndpointView:
    """An endpoint as pages and REST show it.

    Attributes:
        target: the version its alias points to; None when it points nowhere.
        held: the version that answers now, as the runtime holds it.
        state: ready, loading, warming, failed, cold (loaded at the next request), offline (the
            runtime does not answer) or no_version.
        problem: in words, when it is not ready.
    """

    endpoint: Endpoint
    target: registry.ModelVersion | None
    held: LoadedModel | None
    state: str
    problem: str = ""

    @property
    def version(self) -> str:
        """Number of the version that answers, or will."""
        if self.held is not None:
            return self.held.version
        return str(self.target.number) if self.target else ""

    @property
    def manifest(self) -> dict[str, Any]:
        """Signature and flavour of the target version; empty without one."""
        return self.target.manifest if self.target else {}


def look_at(*, actor: Actor, endpoints: Iterable[Endpoint]) -> list[EndpointView]:
    """Join endpoints with the runtime's state; a runtime that is down is a state, not an error."""
    actor.require("endpoint.view")
    held, problem = _held(actor)
    return [_view(endpoint, held, problem) for endpoint in endpoints]


def _held(actor: Actor) -> tuple[list[LoadedModel] | None, str]:
    try:
        return runtime_link.state(organisation_id=str(actor.organisation.pk)), ""
    except PlatformError as error:
        return None, f"{error.detail} {error.remedy}"


def _view(endpoint: Endpoint, held: Sequence[LoadedModel] | None, problem: str) -> EndpointView:
    try:
        target = registry.resolve(
            organisation=endpoint.organisation,
            name=endpoint.model_name,
            reference=endpoint.alias,
        )
    except PlatformError as error:
        return EndpointView(endpoint, None, None, "no_version", error.detail)
    if held is None:
        return EndpointView(endpoint, target, None, "offline", problem)
    answering = [model for model in held if endpoint.name in model.endpoints]
    coming = [model for model in held if model.version_id == str(target.pk)]
    if answering and answering[0].state == "ready":
        failed = next((model.error for model in coming if model.state == "failed"), "")
        return EndpointView(endpoint, target, answering[0], "ready", failed)
    if coming:
        return EndpointView(endpoint, target, coming[0], coming[0].state, coming[0].error)
    return EndpointView(endpoint, target, None, "cold")
