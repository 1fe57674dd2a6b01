"""Canaries: a candidate gets more requests step by step while it does no worse, or goes back to none."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving import judging, traffic
from platform_core.serving.errors import CanaryConflictError, TrafficInvalidError
from platform_core.serving.judging import Limits
from platform_core.serving.models import Canary, Endpoint, TrafficChange
from platform_core.serving.traffic import Plan

Kind = TrafficChange.Kind
STEPS = (5.0, 25.0, 50.0)
MAX_STEPS = 20


@dataclass(frozen=True)
class Rules:
    """When a canary goes on and when it goes back; the test is `judging.proven_worse`.

    Attributes:
        min_requests: of the candidate in each step, before it goes on.
        step_s: seconds each step lasts at least.
        false_rollback: bound on the probability that a candidate that is no worse is rolled back.
        max_error_increase, max_latency_ratio, max_quality_drop: see `judging.Limits`.
        promote: at the end point the endpoint's own alias at the candidate; else the candidate's alias
            becomes the endpoint's own.
    """

    min_requests: int = 500
    step_s: float = 60.0
    false_rollback: float = 0.01
    max_error_increase: float = 0.01
    max_latency_ratio: float = 1.5
    max_quality_drop: float | None = None
    promote: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the rules in plain JSON."""
        return asdict(self)

    @property
    def limits(self) -> Limits:
        """How much worse the candidate may be."""
        return Limits(self.max_error_increase, self.max_latency_ratio, self.max_quality_drop)


def start_canary(
    *,
    actor: Actor,
    endpoint: Endpoint,
    alias: str,
    steps: Sequence[float] = STEPS,
    rules: Rules | None = None,
) -> Canary:
    """Send the first step's share of the requests to a candidate; runtimes then judge it by the rules.

    Args:
        actor: needs `endpoint.manage`, and `model.promote` when the rules promote.
        endpoint: which.
        alias: of the candidate.
        steps: growing percentages below 100; after the last one the candidate takes everything.
        rules: thresholds and sample sizes.

    Raises:
        TrafficInvalidError: steps, rules or alias that cannot be.
        CanaryConflictError: one runs already.
    """
    rules = rules or Rules()
    actor.require("endpoint.manage")
    if rules.promote:
        actor.require("model.promote")
    _check(steps, rules)
    with transaction.atomic():
        locked = traffic.lock(endpoint)
        if Canary.objects.filter(endpoint=locked, state=Canary.State.RUNNING).exists():
            raise CanaryConflictError(
                f"A canary runs on “{locked.name}” already.",
                remedy="Wait until it has ended, or roll it back.",
            )
        began = Plan.of(locked)
        first = replace(began, weights={alias: float(steps[0])})
        traffic.check(actor=actor, model_name=locked.model_name, plan=first)
        candidate, baseline = _numbers(locked, alias, locked.alias)
        if alias == locked.alias or candidate == baseline:
            raise TrafficInvalidError(
                f"{alias} is what the endpoint answers with already.",
                remedy="Point the alias at the version to be tried first.",
            )
        canary = Canary.objects.create(
            organisation=locked.organisation,
            endpoint=locked,
            alias=alias,
            version=candidate,
            baseline_version=baseline,
            steps=[float(step) for step in steps],
            rules=rules.as_json(),
            next_look=judging.FIRST_LOOK,
            began=began.as_json(),
            started_by=actor.user,
            started_by_label=actor.label,
        )
        traffic.move(locked, first, actor=actor, kind=Kind.CANARY_STARTED)
    return canary


def stop_canary(*, actor: Actor, endpoint: Endpoint, reason: str = "") -> Endpoint:
    """End the running canary and take its requests away.

    Raises:
        CanaryConflictError: none runs.
    """
    actor.require("endpoint.manage")
    with transaction.atomic():
        locked = traffic.lock(endpoint)
        canary = Canary.objects.filter(endpoint=locked, state=Canary.State.RUNNING).first()
        if canary is None:
            raise CanaryConflictError(f"No canary runs on “{locked.name}”.")
        end(canary, Canary.State.STOPPED, reason or "Stopped by hand.")
        plan = back(canary, locked)
        return traffic.move(locked, plan, actor=actor, kind=Kind.CANARY_STOPPED, reason=reason)


def back(canary: Canary, endpoint: Endpoint) -> Plan:
    """Return the traffic without the candidate: as it was before, the shadow as it is now."""
    now = Plan.of(endpoint)
    before = Plan.from_json(canary.began).without(canary.alias)
    return replace(before, shadow_alias=now.shadow_alias, shadow_fraction=now.shadow_fraction)


def end(canary: Canary, state: str, reason: str) -> None:
    """Write how a canary ended."""
    canary.state, canary.reason, canary.ended_at = state, reason[:500], timezone.now()
    canary.save()


def _numbers(endpoint: Endpoint, *aliases: str) -> list[int]:
    try:
        return [
            registry.resolve(
                organisation=endpoint.organisation, name=endpoint.model_name, reference=alias
            ).number
            for alias in aliases
        ]
    except PlatformError as error:
        raise TrafficInvalidError(error.detail, remedy=error.remedy, field="alias") from error


def _check(steps: Sequence[float], rules: Rules) -> None:
    growing = all(a < b for a, b in itertools.pairwise(steps))
    if not (0 < len(steps) <= MAX_STEPS and growing and steps[0] > 0 and steps[-1] < 100):
        raise TrafficInvalidError(
            "The steps of a canary are growing percentages above 0 and below 100.", field="steps"
        )
    for name, (low, high) in RANGES.items():
        value = getattr(rules, name)
        if value is not None and not low <= value <= high:
            raise TrafficInvalidError(f"{name} lies between {low:g} and {high:g}.", field=name)


RANGES: Mapping[str, tuple[float, float]] = {
    "min_requests": (judging.FIRST_LOOK, 10_000_000),
    "step_s": (0, 30 * 86_400),
    "false_rollback": (1e-9, 0.5),
    "max_error_increase": (0, 1),
    "max_latency_ratio": (1, 100),
    "max_quality_drop": (0, 1e9),
}
"""Name of a rule -> what it may be."""
