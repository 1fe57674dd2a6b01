"""Which columns of a table can be features as they are, and why the others cannot."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from ml.fraud.features import columns

MOST_CATEGORIES, SOME_CATEGORIES = 1000, 20
FEW = 20
"""Columns with at most so many values are looked at for giving the label away."""
FEWEST_FRAUDS = 10
DENSE = 1.1
"""Whole numbers, all different, in a range hardly longer than they are many, number the rows."""
ONLY_TIME = 0.9999
"""Correlation with the time beyond which a column is a clock."""
Kept = dict[str, tuple[str, ...]]
"""Column -> its categories, the most frequent first; empty for a number."""


def screen(
    table: pl.DataFrame, time: str | None, label: str | None, roles: set[str]
) -> tuple[Kept, Mapping[str, str]]:
    """Return the columns to use, and column -> reason for the others that play no part."""
    kept: Kept = {}
    left_out: dict[str, str] = {}
    for column in table.columns:
        if column in roles:
            continue
        reason = _unusable(table, column, time, label)
        if reason:
            left_out[column] = reason
        else:
            kept[column] = () if _is_number(table[column]) else _categories(table, column)
    return kept, left_out


def _is_number(values: pl.Series) -> bool:
    return bool(values.dtype.is_numeric() or values.dtype == pl.Boolean)


def _unusable(table: pl.DataFrame, column: str, time: str | None, label: str | None) -> str:
    values = table[column]
    if values.dtype.is_temporal() or values.dtype.is_nested():
        return "a date or a nested value: name it as the time, or make numbers of it"
    different = values.drop_nulls().n_unique()
    if different < 2 and not (different == 1 and values.null_count()):
        return "the same everywhere"
    if label and different <= FEW and _gives_away(table, column, label):
        return "gives the label away: each of its values is always fraud or never"
    if not _is_number(values):
        return "too many different texts" if different > _most(len(values)) else ""
    if values.dtype.is_integer() and _is_row_number(values, different):
        return "numbers the rows"
    return "only tells the time" if time and _tells_time(values, table, time) else ""


def _most(n: int) -> int:
    """Of few rows, codes that hardly ever occur would be learned by heart."""
    return min(MOST_CATEGORIES, max(SOME_CATEGORIES, n // 100))


def _is_row_number(values: pl.Series, different: int) -> bool:
    if different < 0.99 * len(values) or values.null_count() or len(values) < FEW:
        return False
    span = int(values.max()) - int(values.min()) + 1
    return span <= DENSE * len(values)


def _tells_time(values: pl.Series, table: pl.DataFrame, time: str) -> bool:
    clock = table[time]
    if clock.dtype == pl.String or len(values) < FEW or values.dtype == pl.Boolean:
        return False
    ticks = clock.cast(pl.Int64, strict=False) if clock.dtype.is_temporal() else clock
    pairs = pl.DataFrame({"a": values, "b": ticks}).cast(pl.Float64).drop_nulls().drop_nans()
    if len(pairs) < FEW:
        return False
    found = pairs.select(pl.corr("a", "b")).item()
    grows = pairs.sort("b", "a")["a"].is_sorted() and pairs["a"].n_unique() > 2
    return grows or (found is not None and bool(abs(found) > ONLY_TIME))


def _gives_away(table: pl.DataFrame, column: str, label: str) -> bool:
    """Notice a column like "kind of fraud", filled in after the fact."""
    frauds = columns.labels(table, label)
    n = int(frauds.sum())
    if n < FEWEST_FRAUDS or n > len(frauds) - FEWEST_FRAUDS:
        return False
    keys = columns.codes(columns.texts(table, column)) + 1
    all_of, bad = np.bincount(keys), np.bincount(keys, frauds)
    return bool(np.all((bad == 0) | (bad == all_of)))


def _categories(table: pl.DataFrame, column: str) -> tuple[str, ...]:
    texts = columns.texts(table, column).drop_nulls()
    counts = pl.DataFrame({"text": texts}).group_by("text").len()
    return tuple(counts.sort(["len", "text"], descending=[True, False])["text"])
