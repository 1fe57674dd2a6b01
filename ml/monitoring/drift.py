"""How far rows lie from a reference.

Shapes: N rows, B bins.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ml.monitoring.features import Columns
from ml.monitoring.summary import Summary, counts, present, summarise

PSI_LIMIT, KS_LIMIT, P_LIMIT = 0.2, 0.1, 0.01
"""Beyond these a column drifted: 0.2 is the usual bound of PSI (Siddiqi 2006), 0.1 a difference of the
distributions that matters, 0.01 the error of all columns together."""


@dataclass(frozen=True)
class ColumnDrift:
    """One column beside its reference.

    Attributes:
        name: of the column.
        rows: compared.
        psi: population stability index over the bins of the reference.
        noise: what 95 % of equal samples of these sizes stay below.
        ks, p: two-sample Kolmogorov-Smirnov distance and its probability by chance; None for texts.
        missing, missing_before: part of the rows without a value, now and in the reference.
        out_of_range: part of the values beyond the reference's smallest and largest, or unknown texts.
        drifted: see the package's README.
        shares, shares_before: part of the values in each bin; `edges` are the inner bounds.
    """

    name: str
    rows: int
    psi: float
    noise: float
    ks: float | None
    p: float | None
    missing: float
    missing_before: float
    out_of_range: float
    drifted: bool
    shares: tuple[float, ...] = ()
    shares_before: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the fields in plain JSON."""
        return asdict(self)


def reference_of(columns: Columns) -> dict[str, Summary]:
    """Return the reference that rows are: column -> summary."""
    return {name: summarise(column) for name, column in columns.items()}


def compare(reference: Mapping[str, Summary], columns: Columns) -> list[ColumnDrift]:
    """Compare rows with a reference; columns that only one of them has are left out."""
    shared = [name for name in reference if name in columns]
    return [_column(name, reference[name], columns[name], len(shared)) for name in shared]


def psi(before: NDArray[np.int64], now: NDArray[np.int64]) -> float:
    """Return the population stability index of two samples counted in the same bins.

    Bins get half a count each, so that an empty one does not make the index infinite.

    Args:
        before: (B,) counts of the reference.
        now: (B,) counts of the rows beside it.
    """
    if len(before) < 2 or not before.sum() or not now.sum():
        return 0.0
    expected = (before + 0.5) / (before.sum() + 0.5 * len(before))
    found = (now + 0.5) / (now.sum() + 0.5 * len(now))
    return float(np.sum((found - expected) * np.log(found / expected)))


def psi_noise(bins: int, before: int, now: int) -> float:
    """Return what 95 % of the indices of two samples of one distribution stay below."""
    if bins < 2 or not before or not now:
        return 0.0
    return float(stats.chi2.ppf(0.95, bins - 1) * (1 / before + 1 / now))


def _column(
    name: str, reference: Summary, column_N: NDArray[Any], number_of_columns: int
) -> ColumnDrift:
    if column_N.dtype.hasobject and not reference.is_text:
        column_N = np.full(len(column_N), np.nan)  # texts where numbers were: nothing to compare
    there = present(column_N)
    now = counts(reference, there) if len(reference.shares) else np.zeros(0, np.int64)
    known = round(reference.rows * (1 - reference.missing))
    before = np.round(np.array(reference.shares) * known).astype(np.int64)
    index, noise = psi(before, now), psi_noise(len(now), known, len(there))
    distance, chance = _ks(reference, there)
    moved = distance is not None and distance > KS_LIMIT
    unlikely = chance is not None and chance < P_LIMIT / number_of_columns
    return ColumnDrift(
        name=name,
        rows=len(column_N),
        psi=index,
        noise=noise,
        ks=distance,
        p=chance,
        missing=1 - len(there) / len(column_N) if len(column_N) else 0.0,
        missing_before=reference.missing,
        out_of_range=_outside(reference, there, now),
        drifted=(index > PSI_LIMIT and index > noise) or (moved and unlikely),
        shares=tuple((now / max(1, len(there))).tolist()),
        shares_before=reference.shares,
        edges=reference.edges,
    )


def _ks(reference: Summary, there: NDArray[Any]) -> tuple[float | None, float | None]:
    if reference.is_text or not reference.sample or not len(there):
        return None, None
    found = stats.ks_2samp(np.array(reference.sample), there, method="asymp")
    return float(found.statistic), float(found.pvalue)


def _outside(reference: Summary, there: NDArray[Any], now: NDArray[np.int64]) -> float:
    if not len(there) or not reference.shares:
        return 0.0
    if reference.is_text:
        return 0.0 if reference.shares[-1] else float(now[-1] / len(there))
    return float(np.mean((there < reference.low) | (there > reference.high)))
