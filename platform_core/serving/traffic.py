"""Where an endpoint sends requests: plans, and the one way to change them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving.errors import EndpointNotFoundError, TrafficInvalidError
from platform_core.serving.models import Canary, Endpoint, TrafficChange, TrafficCount

MAX_ALIASES = 8
Kind = TrafficChange.Kind


@dataclass(frozen=True)
class Plan:
    """Where requests go.

    Attributes:
        alias: takes what the weights leave.
        weights: further alias -> percent of the requests; together less than or equal to 100.
        shadow_alias: gets copies; empty for none.
        shadow_fraction: of the requests, copied.
    """

    alias: str
    weights: Mapping[str, float] = field(default_factory=dict)
    shadow_alias: str = ""
    shadow_fraction: float = 1.0

    @classmethod
    def of(cls, endpoint: Endpoint) -> "Plan":
        """Return the plan an endpoint follows now."""
        return cls(
            endpoint.alias, endpoint.weights, endpoint.shadow_alias, endpoint.shadow_fraction
        )

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Plan":
        """Return what `as_json` wrote."""
        return cls(**stored)

    def as_json(self) -> dict[str, Any]:
        """Return the plan in plain JSON."""
        return {
            "alias": self.alias,
            "weights": dict(self.weights),
            "shadow_alias": self.shadow_alias,
            "shadow_fraction": self.shadow_fraction,
        }

    @property
    def rest(self) -> float:
        """Percent that the endpoint's own alias takes."""
        return round(100 - math.fsum(self.weights.values()), 6)

    @property
    def shares(self) -> dict[str, float]:
        """Alias -> percent, the endpoint's own first."""
        return {self.alias: self.rest, **self.weights}

    def without(self, alias: str) -> "Plan":
        """Return the plan with the requests of `alias` given to the endpoint's own alias."""
        return replace(self, weights={k: v for k, v in self.weights.items() if k != alias})


def set_traffic(*, actor: Actor, endpoint: Endpoint, plan: Plan, reason: str = "") -> Endpoint:
    """Send requests where the plan says; runtimes follow within their poll (0.3 s).

    A running canary is stopped: two hands on one wheel is one too many.

    Raises:
        TrafficInvalidError: a weight or alias that cannot be.
        EndpointNotFoundError: deleted meanwhile.
    """
    actor.require("endpoint.manage")
    plan = tidy(plan)
    check(actor=actor, model_name=endpoint.model_name, plan=plan)
    with transaction.atomic():
        locked = lock(endpoint)
        if Plan.of(locked) == plan:
            return locked
        stop_canaries(locked, "The traffic was set by hand.", Canary.State.STOPPED)
        return move(locked, plan, actor=actor, kind=Kind.SET, reason=reason)


def tidy(plan: Plan) -> Plan:
    """Return the plan in its one form: no weights of nought, the own alias not among them."""
    weights = {k: float(v) for k, v in plan.weights.items() if v and k != plan.alias}
    shadow = plan.shadow_alias if plan.shadow_fraction > 0 else ""
    return Plan(plan.alias, weights, shadow, float(plan.shadow_fraction) if shadow else 1.0)


def check(*, actor: Actor, model_name: str, plan: Plan) -> None:
    """Refuse a plan that cannot be.

    Raises:
        TrafficInvalidError: says which alias or weight.
    """
    if len(plan.weights) >= MAX_ALIASES:
        raise TrafficInvalidError(f"An endpoint sends requests to at most {MAX_ALIASES} aliases.")
    for alias, weight in plan.weights.items():
        if not (math.isfinite(weight) and 0 <= weight <= 100):
            raise TrafficInvalidError(f"The weight of {alias[:63]} is a percentage from 0 to 100.")
    if plan.rest < 0:
        raise TrafficInvalidError("The weights add up to more than 100 %.")
    if not 0 < plan.shadow_fraction <= 1:
        raise TrafficInvalidError("The part of the requests copied lies between 0 and 1.")
    for alias in (*plan.weights, *filter(None, [plan.shadow_alias])):
        _check_alias(actor, model_name, alias)


def _check_alias(actor: Actor, model_name: str, alias: str) -> None:
    if not registry.is_model_name(alias) or alias.isdecimal():
        raise TrafficInvalidError(f"{alias[:63]!r} is not an alias.", field="alias")
    try:
        registry.resolve(organisation=actor.organisation, name=model_name, reference=alias)
    except PlatformError as error:
        raise TrafficInvalidError(error.detail, remedy=error.remedy, field="alias") from error


def lock(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint's row, locked, so that moves come one after another.

    Raises:
        EndpointNotFoundError: deleted meanwhile.
    """
    rows = Endpoint.objects.select_for_update(of=("self",)).select_related("organisation")
    locked = rows.filter(pk=endpoint.pk).first()
    if locked is None:
        raise EndpointNotFoundError(f"Your organisation has no endpoint “{endpoint.name}”.")
    return locked


def stop_canaries(endpoint: Endpoint, reason: str, state: str) -> None:
    """End the running canary of a locked endpoint, if there is one; its traffic is the caller's to move."""
    Canary.objects.filter(endpoint=endpoint, state=Canary.State.RUNNING).update(
        state=state, reason=reason[:500], ended_at=timezone.now()
    )


def move(
    endpoint: Endpoint,
    plan: Plan,
    *,
    actor: Actor,
    kind: str,
    reason: str = "",
    figures: Mapping[str, Any] | None = None,
) -> Endpoint:
    """Write a plan to a locked endpoint, with history and audit; in the caller's transaction."""
    before = Plan.of(endpoint)
    endpoint.alias, endpoint.weights = plan.alias, dict(plan.weights)
    endpoint.shadow_alias, endpoint.shadow_fraction = plan.shadow_alias, plan.shadow_fraction
    endpoint.epoch += 1
    endpoint.changed_at = timezone.now()
    endpoint.save()
    reason = " ".join(reason.split())[:500]
    TrafficChange.objects.create(
        organisation=endpoint.organisation,
        endpoint=endpoint,
        kind=kind,
        epoch=endpoint.epoch,
        before=before.as_json(),
        after=plan.as_json(),
        figures=figures or {},
        reason=reason,
        changed_by=actor.user,
        changed_by_label=actor.label,
    )
    # the epoch before is still being written by requests in flight
    TrafficCount.objects.filter(endpoint=endpoint, epoch__lt=endpoint.epoch - 1).delete()
    audit.record(
        actor=actor,
        action=f"endpoint.traffic.{kind}",
        target=f"endpoint:{endpoint.pk}",
        details={
            "name": endpoint.name,
            "before": before.as_json(),
            "after": plan.as_json(),
            "reason": reason,
        },
    )
    return endpoint
