"""Neighbours in the graph of shared devices, cards and addresses, for all events of a table.

Shapes: N events.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml.fraud.features.lines import Group, Int, expanded
from ml.fraud.features.stretches import blocks

ROWS = 65_536
"""Events whose neighbours are collected at once."""
Through = tuple[Group, int, int]
"""An entity that links, and the window (length, shift back) in us."""


def neighbours(
    through: Sequence[Through], who_N: Int, frauds: tuple[Int, Int] | None
) -> NDArray[np.float64]:
    """Count others that shared an identity, or their known frauds, float64 (N,).

    Args:
        through: the entities that link.
        who_N: number of the neighbour (customer) of each event, -1 where missing.
        frauds: labels and numbers of the ids of the events (N,), to count frauds.
    """
    N = len(who_N)
    counted = np.full(N, np.nan)
    for group, _, _ in through:
        counted[group.rows] = 0
    for start in range(0, N, ROWS):
        among = np.zeros(N, bool)
        among[start : start + ROWS] = True
        found = [pairs for each in through for pairs in _pairs(each, among, who_N, frauds)]
        if found:
            rows = np.unique(np.concatenate(found, axis=1), axis=1)[0]
            counted[: len(counted)] += np.bincount(rows, minlength=N)
    return counted


def _pairs(
    each: Through, among: NDArray[np.bool_], who_N: Int, frauds: tuple[Int, Int] | None
) -> list[Int]:
    """Return (event, what it counts) once each, in arrays (2, any)."""
    group, length, shift = each
    found = []
    for line in group.lines(among):
        lo, hi = line.spans(length, shift)
        asked = line.rows[line.at]
        for some in blocks(hi - lo):
            owner, places = expanded(lo[some], hi[some])
            mine, other = asked[some][owner], line.rows[places]
            counts = (who_N[other] >= 0) & (who_N[other] != who_N[mine])
            what = who_N[other]
            if frauds is not None:
                labels, ids = frauds
                counts &= (labels[other] == 1) & (ids[other] >= 0)
                what = ids[other]
            found.append(_different(mine[counts], what[counts]))
    return found


def _different(rows: Int, what: Int) -> Int:
    """Return the different pairs, (2, any)."""
    base = int(what.max(initial=0)) + 1
    both = np.unique(rows * base + what)
    return np.stack([both // base, both % base])
