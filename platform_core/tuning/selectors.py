"""Reads of the tuning part."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from platform_core.accounts.api import Actor
from platform_core.jobs import api as jobs
from platform_core.tuning.errors import StudyNotFoundError
from platform_core.tuning.models import Study, Trial
from platform_core.tuning.params import STATES


def studies(*, actor: Actor) -> QuerySet[Study]:
    """Return the organisation's studies, newest first, each with how many trials ended in which state."""
    actor.require("model.view")
    rows = Study.objects.owned_by(actor.organisation).select_related("requested_by", "training")
    ended = {state: Count("trials", filter=Q(trials__state=state)) for state in STATES}
    return rows.annotate(**ended).order_by("-created_at", "-id")


def get_study(*, actor: Actor, study_id: UUID) -> Study:
    """Return one.

    Raises:
        StudyNotFoundError: none of that id in the organisation.
    """
    row = studies(actor=actor).filter(pk=study_id).first()
    if row is None:
        raise StudyNotFoundError("Your organisation has no such study.")
    return row


def trials_of(study: Study) -> QuerySet[Trial]:
    """Return a study's trials in order."""
    return study.trials.all()


def jobs_of(rows: list[Study]) -> dict[UUID, jobs.Job]:
    """Return the jobs of many studies of one organisation by id."""
    wanted = [row.job_id for row in rows if row.job_id]
    organisations = {row.organisation_id for row in rows}
    found = jobs.Job.objects.filter(organisation_id__in=organisations, pk__in=wanted)
    return {job.pk: job for job in found}


def job_of(row: Study) -> jobs.Job | None:
    """Return the job that carries it out; None once the queue has forgotten it."""
    return jobs_of([row]).get(row.job_id) if row.job_id else None


def counts(row: Study) -> dict[str, int]:
    """Return how many trials of a study (of `studies`) ended in which state."""
    return {state: int(getattr(row, state)) for state in STATES}
