"""Changes of what decides: asked for, and decided by a second person where the organisation wants one."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.fraud.errors import ChangeDecidedError
from apps.fraud.models import Change, Detector, Rule, WorkRule
from apps.fraud.selectors import rules as reads
from apps.fraud.services import standing
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError

MAX_REASON = 500
MAX_LOSS, MAX_HOURS = 1e12, 8_760.0


@dataclass(frozen=True)
class Asked:
    """What shall change: a version of the policy, or the mode of a rule and its version."""

    kind: str
    number: int
    rule: Rule | None = None
    mode: str = ""
    reason: str = ""


@transaction.atomic
def set_work_rule(
    *, actor: Actor, second_person: bool, four_eyes_from: float | None, service_hours: float
) -> WorkRule:
    """Say how the organisation's people work together. Needs `organisation.manage`.

    Raises:
        InvalidInputError: a number is out of range.
    """
    actor.require("organisation.manage")
    if four_eyes_from is not None and not 0 <= four_eyes_from <= MAX_LOSS:
        raise InvalidInputError("Give an amount from 0, or none.", field="four_eyes_from")
    if not 0 < service_hours <= MAX_HOURS:
        raise InvalidInputError(f"Give up to {MAX_HOURS:.0f} hours.", field="service_hours")
    told = {
        "second_person": second_person,
        "four_eyes_from": four_eyes_from,
        "service_hours": service_hours,
    }
    row, _ = WorkRule.objects.update_or_create(organisation=actor.organisation, defaults=told)
    target = f"organisation:{actor.organisation.pk}"
    audit.record(actor=actor, action="fraud.work_rule", target=target, details=told)
    return row


def ask(*, actor: Actor, detector: Detector, asked: Asked) -> Change:
    """Carry a change out, or let it wait for a second person; the caller holds the detector's lock.

    It waits where the organisation asks for two persons, or this one may not approve. What was asked for
    by the same person already is returned as it is.
    """
    row = _row(actor, detector, asked)
    alone = not reads.work_rule(organisation=actor.organisation).second_person
    if alone and actor.can("policy.approve"):
        _carry_out(actor, row)
    return row


def carry_out_alone(*, actor: Actor, detector: Detector, asked: Asked) -> Change:
    """Carry out what changes no decision, such as a shadow; the caller holds the detector's lock."""
    row = _row(actor, detector, asked)
    _carry_out(actor, row)
    return row


def _row(actor: Actor, detector: Detector, asked: Asked) -> Change:
    row, made = Change.objects.get_or_create(
        organisation=actor.organisation,
        detector=detector,
        kind=asked.kind,
        rule=asked.rule,
        number=asked.number,
        mode=asked.mode,
        state=Change.State.OPEN,
        asked_by=actor.user,
        defaults={"reason": " ".join(asked.reason.split())[:MAX_REASON]},
    )
    if made:
        _journal(actor, row, "asked")
    return row


@transaction.atomic
def approve(*, actor: Actor, detector: Detector, change_id: str) -> Change:
    """Carry a change out, as another person than who asked for it. Needs `policy.approve`.

    Raises:
        ChangeNotFoundError: no such change.
        ChangeDecidedError: decided already, or asked for by the same person.
    """
    row = _open(actor, detector, change_id)
    if actor.user is not None and row.asked_by_id == actor.user.pk:
        raise ChangeDecidedError(
            "Who asks for a change cannot approve it.", remedy="Ask a colleague."
        )
    _carry_out(actor, row)
    return row


@transaction.atomic
def decline(*, actor: Actor, detector: Detector, change_id: str) -> Change:
    """End a change without carrying it out; by who asked for it is a withdrawal.

    Raises:
        ChangeNotFoundError, ChangeDecidedError: see `approve`.
    """
    row = _open(actor, detector, change_id, own=True)
    own = actor.user is not None and row.asked_by_id == actor.user.pk
    _decide(actor, row, Change.State.WITHDRAWN if own else Change.State.DECLINED)
    return row


def _open(actor: Actor, detector: Detector, change_id: str, *, own: bool = False) -> Change:
    standing.lock(detector)
    row = reads.get_change(actor=actor, detector=detector, change_id=change_id)
    mine = own and actor.user is not None and row.asked_by_id == actor.user.pk
    actor.require("policy.manage" if mine else "policy.approve")
    if row.state != Change.State.OPEN:
        raise ChangeDecidedError(f"The change is {row.get_state_display().lower()} already.")
    return row


def _carry_out(actor: Actor, row: Change) -> None:
    if row.rule is not None:
        rule = Rule.objects.get(pk=row.rule.pk)
        standing.apply_rule(detector=row.detector, rule=rule, number=row.number, mode=row.mode)
    else:
        version = row.detector.policies.get(number=row.number)
        standing.apply_policy(detector=row.detector, version=version)
    _decide(actor, row, Change.State.APPROVED)


def _decide(actor: Actor, row: Change, state: Change.State) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.user, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    _journal(actor, row, state.value)


def _journal(actor: Actor, row: Change, what: str) -> None:
    audit.record(
        actor=actor,
        action=f"fraud.{row.kind}_change.{what}",
        target=f"detector:{row.detector_id}",
        details={
            "detector": row.detector.name,
            "rule": row.rule.name if row.rule else "",
            "number": row.number,
            "mode": row.mode,
            "reason": row.reason,
        },
    )
