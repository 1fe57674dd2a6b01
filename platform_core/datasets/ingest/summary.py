"""Turns what was counted of a column into its description in JSON."""

import math
from collections import Counter
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from platform_core.datasets.ingest.hints import hints

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_BINS = 30
_TOP = 10
_FENCE = 1.5
"""Interquartile ranges beyond the quartiles from which a value is an outlier (Tukey 1977)."""
_SHOWN_CHARS = 120


def describe(
    kind: str,
    exact: dict[str, Any],
    sample: pa.ChunkedArray,
    counts: Counter[Any] | None,
    *,
    rows: int,
) -> dict[str, Any]:
    """Return a column's description.

    Args:
        kind: its type.
        exact: what was counted over all rows.
        sample: the column in the sampled rows.
        counts: value -> rows, or None beyond the bound.
        rows: of the table.
    """
    present = sample.drop_null().combine_chunks()
    out = exact | {"missing_share": exact["missing"] / rows if rows else 0.0}
    out |= _top(present, counts)
    if kind in {"int64", "float64"}:
        out |= _numbers(present, len(present) / max(rows - exact["missing"], 1))
    elif kind in {"date", "timestamp", "timestamp_utc"}:
        out |= _times(present)
    elif kind == "string":
        lengths = {name: out.pop(name) for name in ("min", "max", "mean", "std")}
        out |= {"text_length": _json(lengths)} | _histogram(_floats(pc.utf8_length(present)))
        out |= {"hints": hints(present)}
    return {name: _json(value) for name, value in out.items()}


def _json(value: Any) -> Any:
    """Return a value JSON knows; dates in ISO 8601, what is not finite as null, long texts cut."""
    if isinstance(value, dict):
        return {name: _json(inner) for name, inner in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        return value[:_SHOWN_CHARS]
    return value


def _top(present: pa.Array, counts: Counter[Any] | None) -> dict[str, Any]:
    if counts is None:
        found = pc.value_counts(present)
        pairs = zip(
            found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True
        )
        counts, approximate = Counter(dict(pairs)), True
    else:
        approximate = False
    ranked = sorted(counts.most_common(_TOP), key=lambda pair: (-pair[1], str(pair[0])))
    top = [{"value": _json(value), "count": count} for value, count in ranked]
    return {"top": top, "top_from_sample": approximate}


def _floats(values: pa.Array) -> NDArray[Any]:
    array: NDArray[Any] = values.to_numpy(zero_copy_only=False).astype(np.float64)
    finite: NDArray[Any] = array[np.isfinite(array)]
    return finite


def _numbers(present: pa.Array, share: float) -> dict[str, Any]:
    values = _floats(present)
    if not len(values):
        return {}
    quantiles = {
        str(q): float(v) for q, v in zip(QUANTILES, np.quantile(values, QUANTILES), strict=True)
    }
    first, third = quantiles["0.25"], quantiles["0.75"]
    lower, upper = first - _FENCE * (third - first), third + _FENCE * (third - first)
    outside = int(np.count_nonzero((values < lower) | (values > upper)))
    outliers = {
        "count": round(outside / share) if share else outside,
        "lower": lower,
        "upper": upper,
        "approximate": share < 1,
    }
    # a column that is almost constant has no spread to measure outliers by
    spread = {"outliers": outliers} if third > first else {}
    return {"quantiles": quantiles} | spread | _histogram(values)


def _times(present: pa.Array) -> dict[str, Any]:
    as_days = present.type == pa.date32()
    steps = pc.cast(pc.cast(present, pa.int32() if as_days else pa.int64()), pa.int64())
    seconds = _floats(steps) * (86_400.0 if as_days else 1e-6)
    return _histogram(seconds) | {"histogram_unit": "s since 1970"}


def _histogram(values: NDArray[Any]) -> dict[str, Any]:
    if not len(values):
        return {}
    low, high = float(values.min()), float(values.max())
    bins = _BINS
    if high - low < _BINS and np.array_equal(values, np.round(values)):
        bins, low, high = int(high - low) + 1, low - 0.5, high + 0.5
    with np.errstate(over="ignore", invalid="ignore"):
        if not math.isfinite(high - low):
            return {}
        try:
            counts, edges = np.histogram(values, bins=bins, range=(low, high))
        except ValueError:  # a range too narrow for distinct floating point limits
            return {}
    return {"histogram": {"edges": edges.tolist(), "counts": counts.tolist()}}
