"""Reads of decisions, labels and scorings of data sets."""

import uuid

from django.db.models import OuterRef, QuerySet, Subquery

from apps.fraud.errors import BatchNotFoundError, DecisionNotFoundError
from apps.fraud.models import BatchScoring, Decision, Detector, Label
from platform_core.accounts.api import Actor
from platform_core.jobs import api as jobs


def decisions(*, actor: Actor, detector: Detector | None = None) -> QuerySet[Decision]:
    """Return decisions, newest first, without their sealed part."""
    found = Decision.objects.owned_by(actor.organisation).select_related("detector").defer("body")
    return found.filter(detector=detector) if detector else found


def get_decision(*, actor: Actor, decision_id: str) -> Decision:
    """Return one decision.

    Raises:
        DecisionNotFoundError: unknown id, or another organisation's.
    """
    owned = Decision.objects.owned_by(actor.organisation)
    found = owned.select_related("detector__data_key").filter(pk=as_uuid(decision_id)).first()
    if found is None:
        raise DecisionNotFoundError(
            f"There is no decision {decision_id[:40]} in your organisation."
        )
    return found


def of_event(*, detector: Detector, event_ids: list[str]) -> dict[str, Decision]:
    """Return event id -> decision of those that were decided."""
    found = Decision.objects.filter(detector=detector, event_id__in=event_ids)
    return {each.event_id: each for each in found}


def labels(*, actor: Actor, detector: Detector) -> QuerySet[Label]:
    """Return what turned out, newest first."""
    return Label.objects.owned_by(actor.organisation).filter(detector=detector)


def batches(*, actor: Actor, detector: Detector) -> QuerySet[BatchScoring]:
    """Return the scorings of data sets, newest first, with the state of each one's job."""
    job = jobs.Job.objects.owned_by(actor.organisation).filter(id=OuterRef("job_id"))
    return BatchScoring.objects.filter(detector=detector).annotate(
        job_state=Subquery(job.values("state")[:1])
    )


def get_batch(*, actor: Actor, detector: Detector, batch_id: str) -> BatchScoring:
    """Return one scoring of a data set.

    Raises:
        BatchNotFoundError: the detector has no such scoring.
    """
    found = batches(actor=actor, detector=detector).filter(pk=as_uuid(batch_id)).first()
    if found is None:
        raise BatchNotFoundError(f"“{detector.name}” has no scoring {batch_id[:40]}.")
    return found


def as_uuid(text: str) -> uuid.UUID:
    """Return the id a text names; one that names nothing for any other text."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
