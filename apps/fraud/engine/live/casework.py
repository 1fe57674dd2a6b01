"""Cases closed with what follows from it: the outcome becomes the label of the case's payments."""

from collections.abc import Sequence

from django.db import transaction

from apps.fraud.engine.live import labelling
from apps.fraud.engine.live.labelling import Told
from apps.fraud.models import Case, Label
from apps.fraud.selectors import cases as reads
from apps.fraud.services import cases
from platform_core.accounts.api import Actor


@transaction.atomic
def close(*, actor: Actor, case: Case, outcome: str, reason: str = "") -> Case:
    """Close a case or propose to; see services.cases.close. Fraud and genuine become labels once closed.

    Raises:
        CaseStateError, InvalidInputError: see services.cases.close.
        DetectorNotReadyError, StateConflictError: see labelling.record_labels.
    """
    return _labelled(actor, cases.close(actor=actor, case=case, outcome=outcome, reason=reason))


@transaction.atomic
def confirm(*, actor: Actor, case: Case) -> Case:
    """Close a case that somebody else proposed to close; see services.cases.confirm."""
    return _labelled(actor, cases.confirm(actor=actor, case=case))


@transaction.atomic
def close_many(
    *, actor: Actor, case_ids: Sequence[str], outcome: str, reason: str = ""
) -> list[Case]:
    """Close many cases the same way, all or none; large ones wait for a second person as ever."""
    chosen = cases.chosen(actor=actor, case_ids=case_ids)
    return [close(actor=actor, case=case, outcome=outcome, reason=reason) for case in chosen]


def _labelled(actor: Actor, case: Case) -> Case:
    if case.state != Case.State.CLOSED or case.outcome == Case.Outcome.UNCLEAR:
        return case
    is_fraud = case.outcome == Case.Outcome.FRAUD
    told = [Told(row.event_id, is_fraud) for row in reads.decisions_of(case=case)]
    labelling.record_labels(
        actor=actor, name=case.detector.name, told=told, source=Label.Source.CASE
    )
    return case
