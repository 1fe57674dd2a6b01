"""Fixes the limits of a split: sorts the places of all rows once and cuts where the shares end."""

import itertools
from typing import Any

import numpy as np

from platform_core.datasets import masks, reading
from platform_core.datasets.errors import SplitError
from platform_core.datasets.models import DatasetVersion
from platform_core.datasets.params import SplitSpec

MAX_ROWS = 200_000_000
"""Rows a split sorts at once: 8 bytes each."""
_ORDERED = {"int64", "float64", "date", "timestamp", "timestamp_utc"}


def fit(*, version: DatasetVersion, spec: SplitSpec) -> tuple[list[Any], dict[str, int]]:
    """Return the inner limits and the rows of each part.

    Raises:
        SplitError: unknown or unsuitable column, or a part would be empty.
    """
    types = {column["name"]: column["type"] for column in version.columns}
    if spec.column and spec.column not in types:
        raise SplitError(f"There is no column “{spec.column}”.", columns=list(types)[:200])
    if spec.kind == "time" and types[spec.column] not in _ORDERED:
        raise SplitError(f"“{spec.column}” is {types[spec.column]}; a time or a number is needed.")
    if version.rows > MAX_ROWS:
        raise SplitError(f"Splits take up to {MAX_ROWS:,} rows.")
    places_N = np.sort(_all_places(version, spec))
    limits = _limits(places_N, list(spec.parts.values()))
    ends = [
        0,
        *(int(np.searchsorted(places_N, limit, side="right")) for limit in limits),
        len(places_N),
    ]
    counts = {
        name: b - a for name, (a, b) in zip(spec.parts, itertools.pairwise(ends), strict=True)
    }
    empty = [name for name, count in counts.items() if not count]
    if empty:
        raise SplitError(
            f"The part “{empty[0]}” would be empty.",
            remedy="There are too few rows, groups or different times; use fewer or larger parts.",
        )
    return [limit.item() for limit in limits], counts


def _limits(sorted_N: np.ndarray, shares: list[float]) -> list[Any]:
    """Return the place at each inner cut; equal places stay together, at the cut nearest to the share."""
    limits, total = [], len(sorted_N)
    for share in itertools.accumulate(shares[:-1]):
        target = min(max(round(share * total), 1), total)
        place = sorted_N[target - 1]
        after = int(np.searchsorted(sorted_N, place, side="right"))
        before = int(np.searchsorted(sorted_N, place, side="left"))
        nearer_before = before > 0 and target - before < after - target
        limits.append(
            sorted_N[before - 1] if nearer_before or (after == total and before) else place
        )
    return limits


def _all_places(version: DatasetVersion, spec: SplitSpec) -> np.ndarray:
    if spec.kind == "random":
        return masks.hash_numbers(np.arange(version.rows, dtype=np.uint64), spec.seed)
    batches = reading.iter_batches(version=version, columns=[spec.column])
    return np.concatenate(
        [masks.places(batch.column(0), spec.kind, spec.seed) for batch in batches]
    )
