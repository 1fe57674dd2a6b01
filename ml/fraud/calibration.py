"""From a margin to a probability, rising strictly, so that the order of events is the model's own.

`platt`: 1 / (1 + exp(-(a m + b))), by maximum likelihood with Platt's softened targets.
`isotonic`: pool-adjacent-violators; its steps are joined by lines, and pools that touch stay apart by
their own margins, because equal scores would throw the model's order away.
`share`: without labels; the share of training events that were less strange.
`logit`: the logistic function itself.

Source: Platt 1999, Zadrozny & Elkan 2002; checked in tests/ml/fraud/test_calibration.py.
Shapes: N rows, K knots.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize

from ml.fraud.errors import ModelStateError
from ml.fraud.examples import Doubles, Floats

KINDS = ("platt", "isotonic", "share", "logit")
ISOTONIC_FROM = 1_000  # frauds: below, steps are fitted to chance
MOST_KNOTS = 1_024
_LEAST = 1e-7
_SLOPE = 1e-6  # of a line over a flat part, per unit of margin's rank: keeps the order, moves no probability


@dataclass(frozen=True)
class Calibration:
    """A strictly rising map; `knots` are margins, `values` log-odds (`platt`, `logit`: scale, shift)."""

    kind: str
    knots: Doubles
    values: Doubles

    def __post_init__(self) -> None:
        if self.kind not in KINDS or len(self.knots) != len(self.values) or not len(self.knots):
            raise ModelStateError("The stored calibration is damaged.")

    def __call__(self, margins_N: NDArray[Any]) -> Floats:
        """Return probabilities, float32 (N,)."""
        margins = np.asarray(margins_N, dtype=np.float64)
        if self.kind in ("platt", "logit"):
            logits = self.knots[0] * margins + self.values[0]
        else:
            logits = _joined(margins, self.knots, self.values)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -80, 80))), dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return its numbers."""
        kind = np.array([KINDS.index(self.kind)], dtype=np.int64)
        return {"calibration_kind": kind, "knots": self.knots, "values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Restore.

        Raises:
            ModelStateError: something is missing.
        """
        try:
            kind = KINDS[int(arrays["calibration_kind"][0])]
            return cls(kind, arrays["knots"], arrays["values"])
        except (KeyError, IndexError) as error:
            raise ModelStateError(f"The stored calibration lacks {error}.") from error


LOGIT = Calibration("logit", np.ones(1), np.zeros(1))


def platt(margins_N: NDArray[Any], labels_N: NDArray[Any]) -> Calibration:
    """Fit scale and shift to margins of rows that the model had not learned from."""
    margins, fraud = np.asarray(margins_N, dtype=np.float64), np.asarray(labels_N) == 1
    frauds, honest = fraud.sum(), (~fraud).sum()
    goal = np.where(fraud, (frauds + 1) / (frauds + 2), 1 / (honest + 2))
    centre, spread = float(margins.mean()), max(float(margins.std()), 1e-6)
    z = (margins - centre) / spread

    def loss(ab: Doubles) -> tuple[float, Doubles]:
        logits = np.exp(ab[0]) * z + ab[1]
        chance = 1.0 / (1.0 + np.exp(-np.clip(logits, -80, 80)))
        value = np.logaddexp(0.0, logits) - goal * logits
        slip = (chance - goal) / len(z)
        return float(value.mean()), np.array([np.exp(ab[0]) * (slip @ z), slip.sum()])

    start = np.array([0.0, np.log((frauds + 1) / (honest + 1))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-6, 6), (-40, 40)]).x
    scale = float(np.exp(found[0])) / spread
    return Calibration("platt", np.array([scale]), np.array([found[1] - scale * centre]))


def isotonic(margins_N: NDArray[Any], labels_N: NDArray[Any]) -> Calibration:
    """Fit a rising curve to margins of rows that the model had not learned from."""
    order = np.argsort(margins_N, kind="stable")
    margins = np.asarray(margins_N, dtype=np.float64)[order]
    fitted = isotonic_regression((np.asarray(labels_N)[order] == 1).astype(np.float64))
    starts, weights = fitted.blocks[:-1], fitted.weights
    middles = np.add.reduceat(margins, starts) / weights
    smooth = (fitted.x[starts] * weights + 0.5) / (weights + 1.0)  # never exactly 0 or 1
    return _rising("isotonic", middles, np.maximum.accumulate(smooth))


def share(margins_N: NDArray[Any]) -> Calibration:
    """Return the share of rows with a smaller margin as the score."""
    levels = np.linspace(0, 1, MOST_KNOTS)
    return _rising("share", np.quantile(np.asarray(margins_N, dtype=np.float64), levels), levels)


def _rising(kind: str, knots: Doubles, chances: Doubles) -> Calibration:
    knots, first = np.unique(knots, return_index=True)
    chances = np.clip(chances[first], _LEAST, 1 - _LEAST)
    values = np.log(chances / (1 - chances))
    if len(knots) > MOST_KNOTS:
        kept = np.unique(np.linspace(0, len(knots) - 1, MOST_KNOTS).astype(int))
        knots, values = knots[kept], values[kept]
    values = np.maximum.accumulate(values) + _SLOPE * np.arange(len(values))
    return Calibration(kind, knots, values)


def _joined(margins: Doubles, knots: Doubles, values: Doubles) -> Doubles:
    """Return the lines between the knots, and beyond them a slope of one thousandth."""
    beyond = np.minimum(margins - knots[0], 0) + np.maximum(margins - knots[-1], 0)
    return np.asarray(np.interp(margins, knots, values) + 1e-3 * beyond, dtype=np.float64)
