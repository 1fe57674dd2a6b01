"""What a detector learns from, checked once.

Shapes: N rows (events), F features.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fraud.errors import NothingToLearnError, ShapeError

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

LEAST_ROWS = 20
MOST_FEATURES = 4_096


@dataclass(frozen=True)
class Examples:
    """Events in any order.

    Attributes:
        features: float32 (N, F), NaN where a value is missing, never infinite.
        labels: float32 (N,), 1 fraud, 0 honest, NaN not known (yet).
        times: float64 (N,), seconds.
        groups: int64 (N,), whose event it is (the customer), or None.
        amounts: float64 (N,), what is at risk, or None.
    """

    features: Floats
    labels: Floats
    times: Doubles
    names: tuple[str, ...]
    groups: Ints | None = None
    amounts: Doubles | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def known_N(self) -> Bools:  # noqa: N802 (carries its shape, as array names do)
        """Rows with a label."""
        return np.isfinite(self.labels)

    @property
    def frauds(self) -> int:
        """Rows known to be fraud."""
        return int((self.labels == 1).sum())

    def rows(self, chosen: Bools | Ints) -> "Examples":
        """Return some of the rows."""
        return Examples(
            self.features[chosen],
            self.labels[chosen],
            self.times[chosen],
            self.names,
            None if self.groups is None else self.groups[chosen],
            None if self.amounts is None else self.amounts[chosen],
        )


def build(
    features_NF: NDArray[Any],
    labels_N: NDArray[Any] | None,
    times_N: NDArray[Any] | None,
    *,
    names: Sequence[str],
    groups_N: NDArray[Any] | None = None,
    amounts_N: NDArray[Any] | None = None,
) -> Examples:
    """Check and convert what a caller holds.

    Args:
        features_NF: numbers; NaN is missing, infinite values count as missing.
        labels_N: 1, 0 or NaN; None when nothing is known.
        times_N: seconds, or datetime64; None when rows have no time (their order is taken).
        names: one per feature.
        groups_N: any values that say whose event it is (the customer).
        amounts_N: what each event puts at risk.

    Raises:
        ShapeError: lengths differ, names repeat, labels other than 0, 1 and NaN.
        NothingToLearnError: fewer than 20 rows.
    """
    table = np.array(features_NF, dtype=np.float32)
    _check_table(table, names)
    rows = len(table)
    table[~np.isfinite(table)] = np.nan
    labels = _column(labels_N, rows, "labels") if labels_N is not None else np.full(rows, np.nan)
    if not np.isin(labels[np.isfinite(labels)], (0.0, 1.0)).all():
        raise ShapeError("labels: write 1 for fraud, 0 for honest and leave unknown ones empty.")
    times = _seconds(times_N, rows)
    return Examples(
        table,
        labels.astype(np.float32),
        times,
        tuple(names),
        None if groups_N is None else _codes(groups_N, rows),
        None if amounts_N is None else _column(amounts_N, rows, "amounts"),
    )


def _check_table(table: Floats, names: Sequence[str]) -> None:
    if table.ndim != 2 or not 1 <= table.shape[1] <= MOST_FEATURES:
        raise ShapeError(
            f"features: a table of rows and 1 to {MOST_FEATURES} columns is expected, "
            f"not shape {list(table.shape)}."
        )
    if len(names) != table.shape[1] or len(set(names)) != len(names):
        raise ShapeError(f"names: {table.shape[1]} different names are expected, one per feature.")
    if len(table) < LEAST_ROWS:
        raise NothingToLearnError(
            f"{len(table)} rows are too few; a detector learns from {LEAST_ROWS} at least."
        )


def _column(values: NDArray[Any], rows: int, what: str) -> Doubles:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != (rows,):
        raise ShapeError(f"{what}: {rows} values are expected, one per row of the features.")
    return column


def _seconds(times_N: NDArray[Any] | None, rows: int) -> Doubles:
    if times_N is None:
        return np.arange(rows, dtype=np.float64)
    times = np.asarray(times_N)
    if times.dtype.kind == "M":
        times = times.astype("datetime64[us]").astype(np.float64) / 1e6
    column = _column(times, rows, "times")
    if not np.isfinite(column).all():
        raise ShapeError("times: every row needs one.")
    return column


def _codes(values: NDArray[Any], rows: int) -> Ints:
    if np.shape(values) != (rows,):
        raise ShapeError(f"groups: {rows} values are expected, one per row of the features.")
    return np.unique(np.asarray(values), return_inverse=True)[1].astype(np.int64)
