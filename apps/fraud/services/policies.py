"""Versions of a detector's policy: made by one person, let decide by two."""

import math
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.fraud.errors import TooManyError
from apps.fraud.models import Change, Detector, PolicyVersion
from apps.fraud.models.decisions import Outcome
from apps.fraud.selectors import rules as reads
from apps.fraud.services import changes, standing
from apps.fraud.services.deciding import Policy
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError

MAX_VERSIONS = 1_000
MAX_COST = 1e9
THRESHOLDS = ("challenge", "review", "decline")
COSTS = ("review_cost", "friction_cost", "decline_cost")
SHARES = ("decline_share", "loss_share", "challenge_misses", "review_misses")


@transaction.atomic
def create_version(
    *, actor: Actor, detector: Detector, body: Mapping[str, Any], note: str = ""
) -> PolicyVersion:
    """Write a version of the policy; it decides nothing until it is activated.

    Raises:
        InvalidInputError: a threshold or cost is out of range; `field` names it.
        TooManyError: the detector has too many versions.
    """
    actor.require("policy.manage")
    policy = checked(body)
    locked = standing.lock(detector)
    last = PolicyVersion.objects.filter(detector=locked).order_by("-number").first()
    number = last.number + 1 if last else 1
    if number > MAX_VERSIONS:
        raise TooManyError(f"The policy has {MAX_VERSIONS} versions.")
    made = PolicyVersion.objects.create(
        organisation=actor.organisation,
        detector=locked,
        number=number,
        body=policy.body(),
        note=" ".join(note.split())[: changes.MAX_REASON],
        made_by=actor.user,
    )
    audit.record(
        actor=actor,
        action="fraud.policy_written",
        target=f"detector:{detector.pk}",
        details={"detector": detector.name, "number": number, **policy.body()},
    )
    return made


@transaction.atomic
def activate(*, actor: Actor, detector: Detector, number: int, reason: str = "") -> Change:
    """Let a version decide, or ask for it where a second person must agree.

    Raises:
        PolicyNotFoundError: no such version.
    """
    actor.require("policy.manage")
    version = reads.get_policy(actor=actor, detector=detector, number=number)
    locked = standing.lock(detector)
    asked = changes.Asked(Change.Kind.POLICY, version.number, reason=reason)
    return changes.ask(actor=actor, detector=locked, asked=asked)


def checked(body: Mapping[str, Any]) -> Policy:
    """Return a policy whose numbers are in range; what is left out has its default.

    Raises:
        InvalidInputError: as `create_version`.
    """
    told = {**Policy().body(), **body}
    unknown = set(told) - set(Policy().body())
    if unknown:
        raise InvalidInputError("A policy has no such part.", field=sorted(unknown)[0][:60])
    if told["fallback"] not in Outcome.values:
        raise _refused("fallback", f"one of {', '.join(Outcome.values)}")
    if not isinstance(told["by_cost"], bool):
        raise _refused("by_cost", "true or false")
    for name in COSTS:
        told[name] = _number(told, name, MAX_COST)
    for name in SHARES:
        told[name] = _number(told, name, 1.0)
    _check_thresholds(told)
    return Policy.of(told)


def _number(told: Mapping[str, Any], name: str, most: float) -> float:
    value = told[name]
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or not math.isfinite(value) or not 0 <= value <= most:
        raise _refused(name, f"a number from 0 to {most:g}")
    return float(value)


def _check_thresholds(told: dict[str, Any]) -> None:
    before = 0.0
    for name in THRESHOLDS:
        if told[name] is None:
            continue
        told[name] = _number(told, name, 1.0)
        if told[name] < before:
            raise _refused(name, "a score not below the milder thresholds")
        before = told[name]


def _refused(field: str, expected: str) -> InvalidInputError:
    return InvalidInputError(f"“{field}” cannot be used.", remedy=f"Give {expected}.", field=field)
