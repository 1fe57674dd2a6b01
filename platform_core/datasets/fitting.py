"""Fixes the limits of a split: sorts the places of all rows once and cuts where the shares end."""

import itertools
from typing import Any

import numpy as np

from platform_core.datasets import masks, reading
from platform_core.datasets.errors import SplitError
from platform_core.datasets.models import DatasetVersion
from platform_core.datasets.params import SplitSpec


def fit(*, version: DatasetVersion, spec: SplitSpec) -> tuple[list[Any], dict[str, int]]:
    """Return the inner limits and the rows of each part.

    Raises:
        SplitError: a part would be empty.
    """
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
