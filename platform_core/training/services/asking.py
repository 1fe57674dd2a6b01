"""Asks a trained model about rows of a data set: a job, its answers kept encrypted for a while."""

import uuid
from collections.abc import Iterator

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.jobs import api as jobs
from platform_core.training import selectors, sources
from platform_core.training.errors import TrainingUnfinishedError
from platform_core.training.models import RowPrediction, Training
from platform_core.training.params import PREDICT_KIND, Source
from platform_core.vault import api as vault

KEPT = 20
"""Answers kept for each training; with a further one the oldest is shredded."""
_PIECE_BYTES = 2**20


def request_prediction(
    *, actor: Actor, training: Training, source: Source, measure: bool = False
) -> RowPrediction:
    """Queue the answers to rows of a data set.

    Args:
        actor: needs `prediction.call` and `dataset.preview`: answers tell about the rows.
        training: ended with a version.
        source: the rows.
        measure: whether to compute loss and metrics too, for which the rows need the target.

    Raises:
        TrainingUnfinishedError: there is no version to ask yet.
        TrainingInputError, DatasetNotFoundError, DatasetNotReadyError, SplitError: no such rows.
    """
    for action in ("prediction.call", "dataset.preview"):
        actor.require(action)
    if training.version is None:
        raise TrainingUnfinishedError(
            f"“{training.name}” has no version of this training.",
            remedy="Wait until the training has ended.",
            training=str(training.pk),
        )
    rows = sources.find(actor=actor, source=source, field="dataset")
    target = [training.asked["target"]] if measure else []
    sources.check_columns(rows, [*training.asked["columns"], *target], "dataset")
    with transaction.atomic():
        row = _create(actor, training, {"source": rows.as_json(), "measure": measure})
        audit.record(
            actor=actor,
            action="training.asked",
            target=f"training:{training.pk}",
            details={"rows": rows.words, "measure": measure},
        )
    return row


def _create(actor: Actor, training: Training, asked: dict[str, object]) -> RowPrediction:
    for old in training.predictions.select_related("data_key")[KEPT - 1 :]:
        forget(old)
    number = uuid.uuid4()
    key = vault.create_data_key(organisation=actor.organisation, purpose=f"predictions {number}")
    row = RowPrediction(
        id=number,
        organisation=actor.organisation,
        training=training,
        asked=asked,
        data_key=key,
        requested_by=actor.user,
    )
    row.save(force_insert=True)
    job = jobs.submit(
        actor=actor, kind=PREDICT_KIND, params={"prediction": str(row.pk)}, subject=training.name
    )
    row.job_id = job.pk
    row.save(update_fields=["job_id"])
    return row


def forget(row: RowPrediction) -> None:
    """Destroy the key of answers, then the answers."""
    key, folder = row.data_key, row.folder
    row.delete()
    vault.shred(data_key=key)
    transaction.on_commit(lambda: vault.delete_objects_below(folder))


def values_of(*, actor: Actor, row: RowPrediction) -> Iterator[bytes]:
    """Return the answers, float32 in C order, little-endian, in pieces decrypted as they are sent.

    Raises:
        TrainingUnfinishedError: the job has not ended well.
    """
    actor.require("prediction.call")
    job = selectors.job_of(row)
    if not row.path:
        state = job.state if job else "gone"
        raise TrainingUnfinishedError(
            f"There are no answers; the job is {state}.", remedy="Wait for the job, or ask again."
        )
    return _pieces(row)


def _pieces(row: RowPrediction) -> Iterator[bytes]:
    with vault.open_reader(data_key=row.data_key, path=row.path, context=row.context) as reader:
        yield from iter(lambda: reader.read(_PIECE_BYTES), b"")
