"""What later rows of a column are compared with.

Shapes: N rows, B bins.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10
SAMPLE = 2000
"""Values kept for the Kolmogorov-Smirnov test: at 2,000 its critical distance is .03, drift begins at .1."""
CATEGORIES = 30


@dataclass(frozen=True)
class Summary:
    """One column of a reference.

    Attributes:
        is_text: categories instead of numbers.
        rows: seen.
        missing: part of the rows without a value.
        edges: inner bounds of the bins of numbers; bin k holds (edges[k-1], edges[k]].
        categories: the most frequent texts; the last bin holds all others.
        shares: part of the rows with a value in each bin.
        low, high: smallest and largest number.
        sample: of the numbers, sorted.
    """

    is_text: bool
    rows: int
    missing: float
    shares: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    sample: tuple[float, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the fields in plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Summary":
        """Return the summary that `as_json` wrote."""
        fields: dict[str, Any] = {
            key: tuple(v) if isinstance(v, list) else v for key, v in raw.items()
        }
        return cls(**fields)


def summarise(column_N: NDArray[Any], seed: int = 0) -> Summary:
    """Describe a column: float64 with NaN for missing, or object texts, empty for missing."""
    there = present(column_N)
    missing = 1 - len(there) / len(column_N) if len(column_N) else 1.0
    if column_N.dtype.hasobject:
        return _texts(there, len(column_N), missing)
    if not len(there):
        return Summary(is_text=False, rows=len(column_N), missing=missing)
    edges = _edges(there)
    empty = Summary(is_text=False, rows=len(column_N), missing=missing, edges=edges)
    kept = there
    if len(there) > SAMPLE:
        kept = np.random.default_rng(seed).choice(there, SAMPLE, replace=False)
    return Summary(
        is_text=False,
        rows=len(column_N),
        missing=missing,
        edges=edges,
        shares=tuple((counts(empty, there) / len(there)).tolist()),
        low=float(there.min()),
        high=float(there.max()),
        sample=tuple(np.sort(kept).tolist()),
    )


def present(column_N: NDArray[Any]) -> NDArray[Any]:
    """Return the values that are there: finite numbers, texts that are not empty."""
    if column_N.dtype.hasobject:
        there = np.array([bool(value) for value in column_N], dtype=bool)
    else:
        there = np.isfinite(column_N)
    found: NDArray[Any] = column_N[there]
    return found


def counts(summary: Summary, there: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many present values lie in each bin of a summary, (B,)."""
    if not summary.is_text:
        bins = np.searchsorted(np.array(summary.edges), there, side="left")
        return np.bincount(bins, minlength=len(summary.edges) + 1)
    found = Counter(there.tolist())
    known = [found.pop(category, 0) for category in summary.categories]
    return np.array([*known, sum(found.values())], dtype=np.int64)


def _texts(there: NDArray[Any], rows: int, missing: float) -> Summary:
    common = Counter(there.tolist()).most_common(CATEGORIES)
    names = tuple(name for name, _ in common)
    empty = Summary(is_text=True, rows=rows, missing=missing, categories=names)
    shares = counts(empty, there) / max(1, len(there))
    return Summary(
        is_text=True, rows=rows, missing=missing, categories=names, shares=tuple(shares.tolist())
    )


def _edges(there: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the deciles, or the middles between values where there are few of them."""
    distinct = np.unique(there)
    if len(distinct) <= BINS:
        return tuple(((distinct[:-1] + distinct[1:]) / 2).tolist())
    return tuple(np.unique(np.quantile(there, np.arange(1, BINS) / BINS)).tolist())
