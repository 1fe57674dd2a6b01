"""Reads of the training part."""

from uuid import UUID

from django.db.models import QuerySet

from platform_core.accounts.api import Actor
from platform_core.jobs import api as jobs
from platform_core.training.errors import PredictionNotFoundError, TrainingNotFoundError
from platform_core.training.models import RowPrediction, Training


def trainings(*, actor: Actor) -> QuerySet[Training]:
    """Return the organisation's trainings, newest first."""
    actor.require("model.view")
    return Training.objects.owned_by(actor.organisation).select_related("requested_by")


def get_training(*, actor: Actor, training_id: UUID) -> Training:
    """Return one.

    Raises:
        TrainingNotFoundError: none of that id in the organisation.
    """
    row = trainings(actor=actor).filter(pk=training_id).first()
    if row is None:
        raise TrainingNotFoundError("Your organisation has no such training.")
    return row


def get_prediction(*, actor: Actor, training: Training, prediction_id: UUID) -> RowPrediction:
    """Return the answers of a training to some rows.

    Raises:
        PredictionNotFoundError: none of that id.
    """
    actor.require("prediction.call")
    rows = RowPrediction.objects.owned_by(actor.organisation).select_related("data_key", "training")
    row = rows.filter(training=training, pk=prediction_id).first()
    if row is None:
        raise PredictionNotFoundError("Your organisation has no such predictions.")
    return row


def job_of(row: Training | RowPrediction) -> jobs.Job | None:
    """Return the job that carries it out; None once the queue has forgotten it."""
    rows = jobs.Job.objects.filter(organisation=row.organisation)
    return rows.filter(pk=row.job_id).first() if row.job_id else None


def jobs_of(rows: list[Training]) -> dict[UUID, jobs.Job]:
    """Return the jobs of many trainings of one organisation by id."""
    wanted = [row.job_id for row in rows if row.job_id]
    organisations = {row.organisation_id for row in rows}
    found = jobs.Job.objects.filter(organisation_id__in=organisations, pk__in=wanted)
    return {job.pk: job for job in found}
