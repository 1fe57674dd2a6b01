"""What is known of endpoints: the row in the database joined with what the runtimes hold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving import runtime_link
from platform_core.serving.answers import LoadedModel
from platform_core.serving.models import Endpoint
from platform_core.serving.traffic import Plan

Targets = Mapping[tuple[str, str, str], registry.ModelVersion]


@dataclass(frozen=True)
class ArmView:
    """One alias an endpoint sends requests to, or copies.

    Attributes:
        percent: of the requests; None for the shadow.
        target: the version it points to; None when it points nowhere.
        held: that version as a runtime holds it.
        state: as of `EndpointView`.
    """

    alias: str
    percent: float | None
    target: registry.ModelVersion | None
    held: LoadedModel | None
    state: str
    problem: str = ""


@dataclass(frozen=True)
class EndpointView:
    """An endpoint as pages and REST show it.

    Attributes:
        target: the version its own alias points to; None when it points nowhere.
        held: the version that answers now, as a runtime holds it.
        state: ready, loading, warming, failed, cold (loaded at the next request), offline (no runtime
            answers) or no_version.
        problem: in words, when it is not ready.
        arms: every alias that takes requests or copies, its own first.
    """

    endpoint: Endpoint
    target: registry.ModelVersion | None
    held: LoadedModel | None
    state: str
    problem: str = ""
    arms: Sequence[ArmView] = field(default_factory=tuple)

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
    """Join endpoints with the runtimes' state; a runtime that is down is a state, not an error."""
    actor.require("endpoint.view")
    held, problem = _held(actor)
    targets = registry.alias_targets(actor.organisation)
    return [_view(endpoint, targets, held, problem) for endpoint in endpoints]


def _held(actor: Actor) -> tuple[list[LoadedModel] | None, str]:
    try:
        found = runtime_link.state(organisation_id=str(actor.organisation.pk))
    except PlatformError as error:
        return None, f"{error.detail} {error.remedy}"
    return _merged(found), ""


def _merged(held: Iterable[LoadedModel]) -> list[LoadedModel]:
    """Return one row for each version: that of the runtime that answered most, with everybody's counts."""
    rows: dict[str, list[LoadedModel]] = {}
    for model in held:
        rows.setdefault(model.version_id, []).append(model)
    merged = []
    for same in rows.values():
        most = max(same, key=lambda one: (one.state == "ready", one.hits))
        hits, failures = sum(one.hits for one in same), sum(one.failures for one in same)
        endpoints = tuple(sorted({name for one in same for name in one.endpoints}))
        merged.append(replace(most, hits=hits, failures=failures, endpoints=endpoints))
    return merged


def _view(
    endpoint: Endpoint, targets: Targets, held: Sequence[LoadedModel] | None, problem: str
) -> EndpointView:
    plan = Plan.of(endpoint)
    shares: dict[str, float | None] = dict(plan.shares)
    if plan.shadow_alias and plan.shadow_alias not in shares:
        shares[plan.shadow_alias] = None
    arms = [
        _arm(endpoint, alias, percent, targets, held, problem) for alias, percent in shares.items()
    ]
    own = arms[0]
    view = EndpointView(endpoint, own.target, own.held, own.state, own.problem, arms)
    return _while_moving(view, held or ())


def _arm(
    endpoint: Endpoint,
    alias: str,
    percent: float | None,
    targets: Targets,
    held: Sequence[LoadedModel] | None,
    problem: str,
) -> ArmView:
    target = targets.get((str(endpoint.organisation_id), endpoint.model_name, alias))
    if target is None or not target.is_ready:
        words = f"{endpoint.model_name} has no {alias!r} yet."
        return ArmView(alias, percent, None, None, "no_version", words)
    if held is None:
        return ArmView(alias, percent, target, None, "offline", problem)
    own = next((model for model in held if model.version_id == str(target.pk)), None)
    if own is None:
        return ArmView(alias, percent, target, None, "cold")
    return ArmView(alias, percent, target, own, own.state, own.error)


def _while_moving(view: EndpointView, held: Iterable[LoadedModel]) -> EndpointView:
    """Show the version that still answers while its successor is loaded, or cannot be."""
    if view.state == "ready" or view.target is None:
        return view
    coming = {str(arm.target.pk) for arm in view.arms if arm.target is not None}
    for model in held:
        answers = view.endpoint.name in model.endpoints and model.state == "ready"
        if answers and model.version_id not in coming:
            return replace(view, held=model, state="ready")
    return view
