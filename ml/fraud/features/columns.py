"""Columns of a table as the features see them; `values` does the same to one event.

Shapes: N events.
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.fraud.features.errors import FeatureInputError
from ml.fraud.features.spec import FeatureSet
from ml.fraud.features.values import LARGEST, SOME_CENTURIES_US, UNITS_US

Int = NDArray[np.int64]


def check(table: pl.DataFrame, features: FeatureSet) -> None:
    """Raise FeatureInputError when the table lacks a column that the features read."""
    for column in features.columns:
        if column not in table.columns:
            raise FeatureInputError(f"The table has no column {column!r}, which the features need.")


def instants(table: pl.DataFrame, column: str, unit: str) -> Int:
    """Return the column as microseconds since 1970 UTC, int64 (N,).

    Raises:
        FeatureInputError: a row has no readable time.
    """
    values, micros = table[column], pl.Datetime("us")
    if values.dtype == pl.String:
        iso = values.str.replace(" ", "T").str.replace(r"(?i)Z$", "+00:00")
        zoned = iso.str.contains(r"[+-]\d\d:?\d\d$").any()
        values = iso.str.to_datetime(
            time_unit="us", time_zone="UTC" if zoned else None, strict=False
        )
    if values.dtype.is_temporal():
        found = values.dt.replace_time_zone(None) if _is_naive(values) else _in_utc(values)
        exact = found.cast(micros).cast(pl.Int64)
    elif values.dtype.is_numeric():
        exact = (
            _micros(values.cast(pl.Float64), unit)
            if values.dtype.is_float()
            else values.cast(pl.Int64) * UNITS_US[unit]
        )
    else:
        raise FeatureInputError(
            f"The column {column!r} holds no times: use dates, text or numbers."
        )
    if exact.null_count():
        row = int(exact.is_null().arg_max() or 0)
        raise FeatureInputError(f"Row {row} has no readable time in the column {column!r}.")
    if len(exact) and int(exact.abs().max()) > SOME_CENTURIES_US:
        raise FeatureInputError(
            f"Times in {column!r} lie centuries away: is the unit {unit!r} right?"
        )
    return np.asarray(exact.to_numpy(), np.int64)


def _is_naive(values: pl.Series) -> bool:
    return values.dtype == pl.Date or getattr(values.dtype, "time_zone", None) is None


def _in_utc(values: pl.Series) -> pl.Series:
    return values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _micros(values: pl.Series, unit: str) -> pl.Series:
    known = values.fill_nan(None)
    return (known * UNITS_US[unit]).round().cast(pl.Int64, strict=False)


def numbers(table: pl.DataFrame, column: str) -> NDArray[np.float64]:
    """Return the column as numbers, float64 (N,), NaN where missing, no number, or beyond 1e150."""
    values = table[column]
    if values.dtype.is_temporal() or values.dtype.is_nested():
        return np.full(len(values), np.nan)
    found = values.cast(pl.Float64, strict=False).to_numpy()
    return np.where(np.abs(found) <= LARGEST, found, np.nan)


def texts(table: pl.DataFrame, column: str) -> pl.Series:
    """Return the column as keys and categories, null where missing."""
    values = table[column]
    if values.dtype.is_float():
        whole = values.is_finite() & (values == values.floor()) & (values.abs() < 2.0**63)
        as_whole = values.set(~whole.fill_null(value=False), None).cast(pl.Int64).cast(pl.String)
        spelled = pl.Series(
            [repr(each) if each is not None else None for each in _odd(values, whole)]
        )
        return pl.select(pl.coalesce(as_whole, spelled.cast(pl.String))).to_series()
    if values.dtype.is_nested():
        return pl.Series([None if each is None else str(each) for each in values], dtype=pl.String)
    found = values.cast(pl.String)
    return found.set(found == "", None)


def _odd(values: pl.Series, whole: pl.Series) -> list[float | None]:
    """Return the fractions, None for everything else: few columns of keys have any."""
    odd = values.cast(pl.Float64).fill_nan(None).set(whole.fill_null(value=False), None)
    return list(odd)


def codes(*columns: pl.Series) -> Int:
    """Number the combinations of values, int64 (N,); -1 where one is missing."""
    frame = pl.DataFrame([each.alias(str(i)) for i, each in enumerate(columns)])
    missing = frame.select(pl.any_horizontal(pl.all().is_null())).to_series().to_numpy()
    ranks = (
        frame.select(pl.struct(pl.all()).rank("dense")).to_series()
        if len(columns) > 1
        else (frame.to_series().rank("dense"))
    )
    found = ranks.fill_null(0).to_numpy().astype(np.int64)
    return np.where(missing, -1, found)


def labels(table: pl.DataFrame, column: str | None) -> NDArray[np.int64]:
    """Return 1 where the label says fraud, int64 (N,); 0 elsewhere and without a column."""
    if column is None or column not in table.columns:
        return np.zeros(len(table), np.int64)
    found: Any = numbers(table, column) == 1
    return np.asarray(found, np.int64)
