"""Contributions as an ordered list of reasons, with the customer's own normal beside them.

Shapes: F features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fraud.errors import ShapeError


@dataclass(frozen=True)
class Reason:
    """One feature's part in a score.

    Attributes:
        name: of the feature.
        value: what it was; None where missing.
        normal: what is usual, for this customer where known, else among honest events.
        contribution: to the log-odds; positive means more suspicious.
        share: of all contributions that point the same way, in [0, 1].
    """

    name: str
    value: float | None
    normal: float | None
    contribution: float
    share: float


def strongest(
    contributions_F1: NDArray[Any],
    features_F: NDArray[Any],
    names: Sequence[str],
    *,
    normal: Mapping[str, float] | None = None,
    most: int = 5,
) -> list[Reason]:
    """Return the reasons of one score, strongest first, those that speak for fraud before the others.

    Args:
        contributions_F1: (F + 1,), as `Detector.explain` gives a row; the last is the common start.
        features_F: (F,).
        names: of the features.
        normal: usual values by name.
        most: how many.

    Raises:
        ShapeError: lengths differ.
    """
    parts = np.asarray(contributions_F1, dtype=np.float64)[:-1]
    if not (len(parts) == len(features_F) == len(names)):
        raise ShapeError(
            f"{len(names)} names, {len(features_F)} values, {len(parts)} contributions."
        )
    ups, downs = parts[parts > 0].sum(), -parts[parts < 0].sum()
    order = np.lexsort((-np.abs(parts), parts <= 0))
    usual = normal or {}
    return [
        Reason(
            name=names[f],
            value=_number(features_F[f]),
            normal=_number(usual.get(names[f], np.nan)),
            contribution=float(parts[f]),
            share=float(abs(parts[f]) / (ups if parts[f] > 0 else downs)),
        )
        for f in order[:most].tolist()
        if parts[f] != 0
    ]


def _number(value: Any) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None
