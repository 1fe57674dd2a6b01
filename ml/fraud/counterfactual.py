"""What would have had to be different: the nearest change of one feature that passes a threshold.

Each feature moves from its value towards its normal value (the median of honest events) along a grid of 64
steps; the first step that passes is halved 12 times. One batch per round, so a row costs 13 calls.

Shapes: F features, S steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fraud.examples import Floats

STEPS = 64
HALVINGS = 12
Score = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Counterfactual:
    """With `name` at `value` instead of `was`, everything else the same, the score would be `score`.

    Attributes:
        feature: its place among the features.
        way: how far the value moved towards normal, in (0, 1]; smaller is nearer.
    """

    name: str
    feature: int
    was: float
    value: float
    score: float
    way: float


def nearest(
    score: Score, row_F: Floats, normal_F: Floats, names: Sequence[str], threshold: float
) -> list[Counterfactual]:
    """Return one change per feature that can pass alone, nearest first.

    Args:
        score: of rows, float32 (N, F) -> (N,).
        row_F: the event; a missing value can only become the normal one.
        normal_F: what is usual.
        names: of the features.
        threshold: scores below pass.
    """
    movable = np.flatnonzero(row_F != normal_F)
    ways_S = np.linspace(0, 1, STEPS + 1, dtype=np.float32)[1:]
    rows = _moved(row_F, normal_F, np.repeat(movable, STEPS), np.tile(ways_S, len(movable)))
    if not len(rows):
        return []
    passes = score(rows).reshape(len(movable), STEPS) < threshold
    able = passes.any(axis=1)
    movable, first = movable[able], passes[able].argmax(axis=1)
    high = ways_S[first]
    low = np.where(first > 0, ways_S[np.maximum(first - 1, 0)], np.float32(0))
    for _ in range(HALVINGS if len(movable) else 0):
        middle = (low + high) / 2
        good = score(_moved(row_F, normal_F, movable, middle)) < threshold
        high, low = np.where(good, middle, high), np.where(good, low, middle)
    if not len(movable):
        return []
    rows = _moved(row_F, normal_F, movable, high)
    scores = score(rows)
    found = [
        Counterfactual(
            names[f], f, float(row_F[f]), float(rows[i, f]), float(scores[i]), float(high[i])
        )
        for i, f in enumerate(movable.tolist())
    ]
    return sorted(found, key=lambda each: each.way)


def _moved(row_F: Floats, normal_F: Floats, features: NDArray[Any], ways: Floats) -> Floats:
    """Return a row per (feature, way) with that one feature moved."""
    rows = np.repeat(row_F[None], len(features), axis=0)
    was = np.where(np.isfinite(row_F), row_F, normal_F)
    rows[np.arange(len(features)), features] = was[features] + (normal_F - was)[features] * ways
    return rows
