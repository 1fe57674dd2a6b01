"""What a threshold costs: fraud let through, reviews paid for, honest customers held up.

Shapes: N events, K thresholds.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fraud.errors import SettingsError, ShapeError
from ml.fraud.examples import Doubles

POINTS = 200


@dataclass(frozen=True)
class Costs:
    """In the money of the amounts.

    Attributes:
        review: of one review by an analyst.
        friction: of one honest customer who is held up (challenged, reviewed or declined).
        lost_share: of a fraud's amount that is lost when it passes.
        missed_share: of frauds that pass although they were stopped and looked at.
    """

    review: float = 5.0
    friction: float = 2.0
    lost_share: float = 1.0
    missed_share: float = 0.0

    def __post_init__(self) -> None:
        if min(self.review, self.friction) < 0:
            raise SettingsError("review and friction cost 0 or more.")
        if not (0 <= self.lost_share <= 1 and 0 <= self.missed_share <= 1):
            raise SettingsError("lost_share and missed_share: 0 to 1.")


@dataclass(frozen=True)
class CostCurve:
    """Costs over thresholds, float64 (K,) each; events with a score of at least the threshold are stopped."""

    thresholds: Doubles
    lost: Doubles
    reviews: Doubles
    friction: Doubles
    stopped: Doubles
    frauds_stopped: Doubles

    @property
    def total(self) -> Doubles:
        """Everything that a threshold costs."""
        return np.asarray(self.lost + self.reviews + self.friction)

    @property
    def best(self) -> float:
        """The threshold of the least cost; of several the highest, which stops the fewest people."""
        least = np.flatnonzero(self.total <= self.total.min() + 1e-9)
        return float(self.thresholds[least].max())

    def as_json(self) -> dict[str, Any]:
        """Return the curve for a page."""
        columns = {name: np.round(each, 6).tolist() for name, each in asdict(self).items()}
        return columns | {"total": np.round(self.total, 6).tolist(), "best": self.best}


def curve(
    scores_N: NDArray[Any], labels_N: NDArray[Any], amounts_N: NDArray[Any], costs: Costs
) -> CostCurve:
    """Return the costs of 200 thresholds at the quantiles of the scores, and of stopping nothing.

    Args:
        scores_N: in [0, 1].
        labels_N: 1 fraud, 0 honest; rows with NaN are left out.
        amounts_N: at risk; missing or negative ones count as 0.
        costs: what things cost.

    Raises:
        ShapeError: lengths differ, or nothing has a label.
    """
    labels = np.asarray(labels_N, dtype=np.float64)
    if not (np.shape(scores_N) == labels.shape == np.shape(amounts_N)):
        raise ShapeError("scores, labels and amounts: one of each per event is expected.")
    known = np.isfinite(labels)
    if not known.any():
        raise ShapeError("labels: none is known yet; a cost curve needs some.")
    scores, fraud = np.asarray(scores_N, dtype=np.float64)[known], labels[known] == 1
    amounts = np.maximum(np.nan_to_num(np.asarray(amounts_N, dtype=np.float64)[known]), 0)
    order = np.argsort(-scores, kind="stable")
    scores, fraud = scores[order], fraud[order]
    at_risk = np.append(0, np.cumsum(amounts[order] * fraud))
    hits = np.append(0, np.cumsum(fraud)).astype(np.float64)
    thresholds = _thresholds(scores)
    stopped = np.searchsorted(-scores, -thresholds, side="right")
    saved = at_risk[stopped] * (1 - costs.missed_share)
    return CostCurve(
        thresholds=thresholds,
        lost=(at_risk[-1] - saved) * costs.lost_share,
        reviews=np.asarray(stopped * costs.review, dtype=np.float64),
        friction=np.asarray((stopped - hits[stopped]) * costs.friction, dtype=np.float64),
        stopped=stopped.astype(np.float64),
        frauds_stopped=hits[stopped],
    )


def _thresholds(scores: Doubles) -> Doubles:
    """Return different scores at quantiles that grow finer towards the top, and one above all."""
    places = np.unique(np.geomspace(1, len(scores), POINTS).astype(int)) - 1
    above = np.nextafter(scores[0], np.inf)
    return np.unique(np.append(scores[places], above))
