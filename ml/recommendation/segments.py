"""Parts of the users and of the catalogue, for figures that a mean would hide.

Shapes: U users, I items, B lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.recommendation.data import Floats, Ints

HEAD, MID, TAIL = 0, 1, 2
BANDS = ("head", "mid", "tail")
HEAD_SHARE, MID_SHARE = 0.5, 0.8
"""The head holds the first half of all interactions, the tail the last fifth."""
MAX_VALUES = 12
OTHER = "…"


@dataclass(frozen=True)
class Segment:
    """Some of the lists.

    Attributes:
        kind: `activity`, or the name of a users column.
        name: the value all of them share; for activity "low-high" interactions.
        rows: bool (B,).
    """

    kind: str
    name: str
    rows: NDArray[np.bool_]


def popularity_bands(counts_I: Floats) -> Ints:
    """Return HEAD, MID or TAIL of each item, int64 (I,), by its share of all interactions.

    Items in order of their count, most first (equal ones by index); an item belongs to the band in
    which its first interaction falls. An item without interactions is in the tail.
    """
    order_I = np.argsort(-counts_I, kind="stable")
    sorted_I = counts_I[order_I].astype(np.float64)
    before_I = (np.cumsum(sorted_I) - sorted_I) / max(float(sorted_I.sum()), 1.0)
    band_I = np.full(len(counts_I), TAIL, dtype=np.int64)
    band_I[order_I[before_I < MID_SHARE]] = MID
    band_I[order_I[before_I < HEAD_SHARE]] = HEAD
    band_I[counts_I == 0] = TAIL
    return band_I


def by_activity(counts_B: Ints) -> list[Segment]:
    """Return the lists in thirds by how much their user did; none where all did alike."""
    return by_number("activity", counts_B.astype(np.float64))


def by_number(kind: str, values_B: NDArray[np.float64]) -> list[Segment]:
    """Return the lists in thirds by a number, least first; NaN belongs to none of them."""
    known_B = np.isfinite(values_B)
    if not known_B.any():
        return []
    inner = np.unique(np.quantile(values_B[known_B], (1 / 3, 2 / 3), method="higher"))
    part_B = np.where(known_B, np.searchsorted(inner, values_B, side="left"), -1)
    found = [rows_B for part in range(len(inner) + 1) if (rows_B := part_B == part).any()]
    if len(found) < 2:
        return []
    return [Segment(kind, _range(values_B[rows_B]), rows_B) for rows_B in found]


def by_value(kind: str, values_B: Sequence[str | None]) -> list[Segment]:
    """Return the lists by the value of a users column, most frequent first; none where it says nothing.

    Beyond MAX_VALUES values the rest share a segment named OTHER; a column in which nearly every user has
    a value of their own (a name, a postcode) makes no segments.
    """
    present = [value for value in values_B if value]
    names, counts = np.unique(np.array(present, dtype=object), return_counts=True)
    if len(names) < 2 or len(names) > max(MAX_VALUES, len(present) // 10):
        return []
    kept = [str(names[at]) for at in np.argsort(-counts, kind="stable")[:MAX_VALUES]]
    array_B = np.array([value or "" for value in values_B], dtype=object)
    found = [Segment(kind, name, array_B == name) for name in kept]
    rest_B = ~np.isin(array_B, [*kept, ""])
    return found + ([Segment(kind, OTHER, rest_B)] if rest_B.any() else [])


def _range(values: NDArray[np.float64]) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g}\N{EN DASH}{high:g}"
