"""The job `fraud.score`: features of a whole data set, scores, and a data set of them.

Shapes: N rows.
"""

import io
import time
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from apps.fraud import selectors
from apps.fraud.engine import loading
from apps.fraud.errors import DetectorNotReadyError
from apps.fraud.models import BatchScoring, Detector
from apps.fraud.services import batches
from ml.fraud import packing
from ml.fraud.detector import Detector as Fitted
from ml.fraud.features import batch
from ml.fraud.features.spec import FeatureSet
from platform_core.datasets import api as datasets
from platform_core.jobs.api import JobContext
from platform_core.registry import api as registry
from platform_core.vault import api as vault

_BLOCK = 65_536


def score(context: JobContext) -> dict[str, Any]:
    """Score a data set with the champion.

    Returns:
        `{"rows", "rows_per_s", "dataset", "version"}`.

    Raises:
        DetectorNotFoundError, BatchNotFoundError, FraudDataError: the request or the data.
    """
    detector = selectors.get_detector(actor=context.actor, name=context.params["detector"])
    scoring = selectors.get_batch(
        actor=context.actor, detector=detector, batch_id=context.params["scoring"]
    )
    fitted, number = _champion(detector)
    context.update(0.0, "Reading the data")
    rows, table, features = _tables(context, detector, scoring)
    context.update(0.2, "Computing features")
    started_s = time.monotonic()
    features_NF = batch.compute(table, features)[-len(rows) :]
    context.update(0.6, "Scoring")
    scores_N = fitted.score(features_NF)
    rate = len(rows) / max(time.monotonic() - started_s, 1e-9)
    context.metric("rows_per_s", round(rate, 1))
    context.update(0.8, "Encrypting the scores")
    _store(context, detector, scoring, _scored(rows, features, scores_N))
    return {
        "rows": len(rows),
        "rows_per_s": round(rate, 1),
        "dataset": str(scoring.target_id),
        "version": number,
    }


def _champion(detector: Detector) -> tuple[Fitted, int]:
    alias = (
        registry.Alias.objects.owned_by(detector.organisation)
        .filter(name="champion", model__application="fraud", model__name=detector.name)
        .select_related("version")
        .first()
    )
    if alias is None:
        raise DetectorNotReadyError(f"“{detector.name}” has no version yet.")
    parts = packing.unpack(registry.open_bundle(version=alias.version))
    fitted = Fitted(parts.model, parts.calibration, parts.names, parts.normal, parts.report)
    return fitted, alias.version.number


def _tables(
    context: JobContext, detector: Detector, scoring: BatchScoring
) -> tuple[pl.DataFrame, pl.DataFrame, FeatureSet]:
    """Return the rows to score, and them behind the history they follow."""
    features = FeatureSet.from_spec(detector.features)
    version = datasets.get_version(actor=context.actor, version_id=scoring.dataset_version_id)
    rows = loading.table_of(detector, version, prefix="scored")
    same = scoring.dataset_version_id == detector.dataset_version_id
    if same or not context.params.get("with_history", True):
        return rows, rows, features
    learned = datasets.get_version(actor=context.actor, version_id=detector.dataset_version_id)
    before = loading.table_of(detector, learned)
    kept = [column for column in before.columns if column in {*features.columns, features.label}]
    whole = pl.concat([before.select(kept), rows], how="diagonal_relaxed")
    return rows, whole, features


def _scored(
    rows: pl.DataFrame, features: FeatureSet, scores_N: NDArray[np.float32]
) -> pl.DataFrame:
    named = [name for name in (features.event_id, features.time) if name]
    return rows.select(named).with_columns(pl.Series("score", scores_N))


def _store(
    context: JobContext, detector: Detector, scoring: BatchScoring, table: pl.DataFrame
) -> None:
    """Write the scores as a file to download and as a data set, once."""
    with vault.open_writer(
        data_key=detector.data_key,
        path=batches.scores_path(scoring),
        context=batches.scores_context(scoring),
    ) as writer:
        for at in range(0, max(len(table), 1), _BLOCK):
            part = table[at : at + _BLOCK]
            writer.write(part.write_csv(include_header=at == 0).encode())
    if scoring.target_id is not None:
        return
    parquet = io.BytesIO()
    table.write_parquet(parquet)
    parquet.seek(0)
    with context.fenced():
        upload = datasets.upload_bytes(
            actor=context.actor, filename="scores.parquet", stream=parquet
        )
        made = datasets.create_dataset(
            actor=context.actor, name=scoring.target_name, uploads=[upload]
        )
        BatchScoring.objects.filter(pk=scoring.pk).update(target_id=made.pk, rows=len(table))
    scoring.target_id = made.pk
