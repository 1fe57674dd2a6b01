"""The history a detector learns from, as a table of one shape: sorted out of the encrypted data set.

Shapes: N rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from apps.fraud.engine.live.asked import EVENT_ID
from apps.fraud.errors import FraudDataError
from apps.fraud.models import Detector
from ml.fraud.features import standard
from ml.fraud.features.errors import FeatureError
from ml.fraud.features.spec import FeatureSet
from platform_core.datasets import api as datasets


@dataclass(frozen=True)
class History:
    """The rows of a data set and what plays which part in them."""

    table: pl.DataFrame
    features: FeatureSet
    version: datasets.DatasetVersion


def read(detector: Detector, version: datasets.DatasetVersion) -> History:
    """Read a history; the features are chosen at the first training and stay.

    Raises:
        FraudDataError: the table cannot be learned from; the words say why.
        DatasetNotReadyError, DataKeyShreddedError: see datasets.
    """
    table = table_of(detector, version)
    try:
        features = (
            FeatureSet.from_spec(detector.features)
            if detector.features
            else standard.standard_features(table, roles(detector))
        )
    except FeatureError as error:
        raise FraudDataError(
            str(error), remedy="Choose other columns, or mend the data."
        ) from error
    return History(table, features, version)


def table_of(
    detector: Detector, version: datasets.DatasetVersion, *, prefix: str = "row"
) -> pl.DataFrame:
    """Return the rows of a data set; where the history has no id column, rows are numbered."""
    frame = pl.DataFrame(datasets.read_table(version=version))
    if detector.columns.get("id"):
        return frame
    numbered = pl.format(prefix + "-{}", pl.int_range(pl.len())).alias(EVENT_ID)
    return frame.with_columns(numbered)


def roles(detector: Detector) -> standard.Roles:
    """Return which column plays which part."""
    columns = detector.columns
    return standard.Roles(
        event_id=columns.get("id") or EVENT_ID,
        time=columns["time"],
        entities=tuple(detector.entities),
        amount=columns.get("amount"),
        label=columns.get("label"),
        label_delay_days=detector.label_delay_days,
    )


def labels(table: pl.DataFrame, column: str | None) -> NDArray[np.float64] | None:
    """Return 1 fraud, 0 honest, NaN unknown; None where the history has no labels.

    Raises:
        FraudDataError: the column holds something else.
    """
    if not column:
        return None
    series = table[column]
    if series.dtype == pl.String:
        words = series.str.strip_chars().str.to_lowercase()
        known = {"1": 1.0, "true": 1.0, "yes": 1.0, "0": 0.0, "false": 0.0, "no": 0.0}
        series = words.replace_strict(known, default=None, return_dtype=pl.Float64)
    values_N = series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    if not np.isin(values_N[np.isfinite(values_N)], (0.0, 1.0)).all():
        raise FraudDataError(
            f"The label column {column[:80]!r} holds more than 0 and 1.",
            remedy="Write 1 for fraud, 0 for honest, and leave unknown ones empty.",
            field="label_column",
        )
    return np.asarray(values_N, dtype=np.float64)


def seconds(table: pl.DataFrame, features: FeatureSet) -> NDArray[np.float64]:
    """Return the time of each row in seconds since 1970.

    Raises:
        FraudDataError: a row has no readable time.
    """
    series = table[str(features.time)]
    if series.dtype == pl.String:
        series = series.str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    if series.dtype == pl.Date:
        series = series.cast(pl.Datetime("us"))
    if isinstance(series.dtype, pl.Datetime):
        values: Any = series.dt.epoch("us").cast(pl.Float64) / 1e6
    else:
        unit = {"s": 1.0, "ms": 1e3, "us": 1e6}[features.time_unit]
        values = series.cast(pl.Float64, strict=False) / unit
    if values.null_count():
        raise FraudDataError(
            f"{values.null_count()} rows have no readable time.",
            remedy="Write ISO 8601, such as 2026-03-01T12:30:00Z, in every row.",
            field="time_column",
        )
    return np.asarray(values.to_numpy(), dtype=np.float64)


def numbers(table: pl.DataFrame, column: str | None) -> NDArray[np.float64] | None:
    """Return a column as numbers, 0 where missing; None for no column."""
    if not column:
        return None
    numbers_N = table[column].cast(pl.Float64, strict=False).fill_null(0.0).fill_nan(0.0)
    return np.asarray(numbers_N.to_numpy(), dtype=np.float64)


def codes(table: pl.DataFrame, column: str) -> NDArray[np.int64]:
    """Return whose event each row is, as numbers."""
    text = table[column].cast(pl.String).fill_null("")
    return np.asarray(text.rank("dense").cast(pl.Int64).to_numpy())
