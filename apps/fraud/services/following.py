"""What follows a decision, in its transaction: noted rule hits, and a case for what must be looked at."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Max

from apps.fraud.models import (
    Case,
    CaseDecision,
    Decision,
    Detector,
    Outcome,
    Rule,
    RuleHit,
    WorkRule,
)
from apps.fraud.services import deciding

WORKED = (Outcome.REVIEW, Outcome.DECLINE)


def follow(decision: Decision, hits: Sequence[deciding.RuleHit]) -> None:
    """Note which rules were true, and open or add to the customer's case; most decisions do neither.

    To be called in the transaction that stores the decision.
    """
    if hits:
        rules = Rule.objects.filter(detector_id=decision.detector_id)
        known = set(rules.values_list("pk", flat=True))
        there = [hit for hit in hits if UUID(hit.rule) in known]
        RuleHit.objects.bulk_create(_noted(decision, hit) for hit in there)
    if decision.outcome in WORKED:
        _add_to_case(decision)


def _noted(decision: Decision, hit: deciding.RuleHit) -> RuleHit:
    return RuleHit(
        organisation_id=decision.organisation_id,
        detector_id=decision.detector_id,
        rule_id=hit.rule,
        version=hit.version,
        decision=decision,
        shadow=hit.shadow,
        created_at=decision.decided_at,
    )


def _add_to_case(decision: Decision) -> None:
    """Add to the customer's case that is not closed, else open one; without a customer, one for itself.

    The detector's row is the lock: two decisions at once about one customer make one case.
    """
    Detector.objects.select_for_update().filter(pk=decision.detector_id).first()
    customer = decision.customer or decision.pk.hex
    same = Case.objects.filter(detector_id=decision.detector_id, customer=customer)
    case = same.exclude(state=Case.State.CLOSED).first()
    if case is None:
        case = _opened(decision, customer)
    else:
        case.expected_loss += decision.expected_loss
        case.state = Case.State.OPEN  # what was proposed before did not know of this
        case.save(update_fields=["expected_loss", "state"])
    CaseDecision.objects.create(case=case, decision=decision)


def _opened(decision: Decision, customer: str) -> Case:
    owner = decision.organisation_id
    rule = WorkRule.objects.filter(organisation_id=owner).first() or WorkRule()
    return Case.objects.create(
        organisation_id=owner,
        detector_id=decision.detector_id,
        number=_next_number(decision),
        customer=customer,
        expected_loss=decision.expected_loss,
        due_at=decision.decided_at + timedelta(hours=rule.service_hours),
        created_at=decision.decided_at,
    )


def _next_number(decision: Decision) -> int:
    found = Case.objects.filter(detector_id=decision.detector_id).aggregate(last=Max("number"))
    return (found["last"] or 0) + 1
