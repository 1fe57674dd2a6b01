"""Scorings of whole data sets: asked for, and their scores handed out."""

import re
from collections.abc import Iterator

from django.db import transaction

from apps.fraud import selectors
from apps.fraud.errors import BatchNotFoundError
from apps.fraud.models import BatchScoring, Detector
from apps.fraud.services import sources
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.jobs import api as jobs
from platform_core.vault import api as vault

JOB_KIND = "fraud.score"
_PIECE_BYTES = 2**20


def request_scoring(
    *, actor: Actor, name: str, dataset: str, target: str = "", with_history: bool = True
) -> BatchScoring:
    """Queue the scoring of a data set.

    Args:
        actor: needs `prediction.call` and may submit jobs.
        name: of the detector.
        dataset: id or name of the rows to score; columns as in the history, the label may be missing.
        target: name of the data set that shall hold the scores; made up when empty.
        with_history: the rows come after the history the detector learned from; otherwise they know
            only each other.

    Raises:
        DetectorNotFoundError, DatasetNotFoundError, ColumnUnknownError, FraudDataError: see there.
    """
    actor.require("prediction.call")
    actor.require("dataset.upload")
    detector = selectors.get_detector(actor=actor, name=name)
    columns = {role: text for role, text in detector.columns.items() if role != "label"}
    version = sources.history(
        actor=actor, dataset=dataset, columns=columns, entities=detector.entities
    )
    with transaction.atomic():
        scoring = BatchScoring(
            organisation=actor.organisation,
            detector=detector,
            dataset_id=version.dataset_id,
            dataset_version_id=version.id,
        )
        scoring.target_name = target or _made_up(detector, scoring)
        job = jobs.submit(
            actor=actor,
            kind=JOB_KIND,
            params={
                "detector": name,
                "scoring": str(scoring.pk),
                "dataset_version": str(version.id),
                "with_history": with_history,
            },
            subject=name,
        )
        scoring.job_id = job.pk
        scoring.save(force_insert=True)
        audit.record(
            actor=actor,
            action="detector.scoring_requested",
            target=f"detector:{detector.pk}",
            details={"dataset": str(version.dataset_id), "job": str(job.pk)},
        )
    return scoring


def scores_path(scoring: BatchScoring) -> str:
    """Return where the scores lie."""
    return f"{scoring.organisation_id}/fraud/{scoring.pk}/scores"


def scores_context(scoring: BatchScoring) -> dict[str, str]:
    """Return what the file of scores is bound to."""
    return {"kind": "fraud-scores", "scoring": str(scoring.pk)}


def read_scores(*, actor: Actor, name: str, batch_id: str) -> Iterator[bytes]:
    """Yield the scores as CSV, piece by piece: id, time, score.

    Raises:
        DetectorNotFoundError, BatchNotFoundError: unknown, or not scored yet.
    """
    actor.require("decision.view")
    detector = selectors.get_detector(actor=actor, name=name)
    scoring = selectors.get_batch(actor=actor, detector=detector, batch_id=batch_id)
    path = scores_path(scoring)
    if not vault.exists(path):
        raise BatchNotFoundError(
            f"The scoring {batch_id[:40]} has no scores.", remedy="Wait for its job to end."
        )
    reader = vault.open_reader(
        data_key=detector.data_key, path=path, context=scores_context(scoring)
    )
    return iter(lambda: reader.read(_PIECE_BYTES), b"")


def _made_up(detector: Detector, scoring: BatchScoring) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", f"{detector.name}-scores-{str(scoring.pk)[:8]}")
