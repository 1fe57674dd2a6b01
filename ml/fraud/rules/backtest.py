"""Rules tried on history: what each would have hit, caught, stopped wrongly, and how that went by day.

Shapes: R rules, N events, D days.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.fraud.rules.columns import Columns
from ml.fraud.rules.expression import Expression

DAY_S = 86_400
MAX_DAYS = 400  # of the series; longer histories are told by several days at once
Floats = npt.NDArray[np.float64]


def measure(
    rules: Sequence[Expression],
    table: Columns,
    *,
    fraud_N: Floats,
    amount_N: Floats,
    time_N: Floats,
) -> dict[str, Any]:
    """Return what rules do to a history, each alone and all together.

    Args:
        rules: conditions on the table's columns.
        table: a polars.DataFrame, or arrays by name (N,).
        fraud_N: 1 fraud, 0 genuine, NaN not known.
        amount_N: what each event is worth; NaN counts as nothing.
        time_N: seconds since 1970 UTC.

    Returns:
        `events`, `frauds`, `fraud_amount` of the history; `rules`: per rule `hits`, `frauds`, `genuine`,
        `unknown`, `precision`, `recall`, `fraud_amount` (saved), `genuine_amount` (stopped wrongly),
        `only` (frauds no other rule hits) and `days` (hits, frauds by step); `together` the same for
        all; `steps`: the starts of the steps in seconds; `step_s`.
    """
    amount_N = np.nan_to_num(amount_N, nan=0.0)
    hits = [rule.over(table) for rule in rules]
    count_N = np.zeros(len(fraud_N), dtype=np.int32)
    for hit_N in hits:
        count_N += hit_N
    step_N, steps, step_s = _steps(time_N)
    ground = _Ground(fraud_N == 1, fraud_N == 0, amount_N, step_N, len(steps))
    return {
        "events": len(fraud_N),
        "frauds": int(ground.bad_N.sum()),
        "fraud_amount": float(amount_N[ground.bad_N].sum()),
        "rules": [
            {**ground.told(hit_N), "only": int((hit_N & ground.bad_N & (count_N == 1)).sum())}
            for hit_N in hits
        ],
        "together": ground.told(count_N > 0),
        "steps": steps,
        "step_s": step_s,
    }


def _steps(time_N: Floats) -> tuple[npt.NDArray[np.int64], list[int], int]:
    """Return the step of each event, the start of each step, and how long one is."""
    if not len(time_N):
        return np.zeros(0, np.int64), [], DAY_S
    day_N = np.floor(time_N / DAY_S).astype(np.int64)
    first, days = int(day_N.min()), int(day_N.max() - day_N.min()) + 1
    width = -(-days // MAX_DAYS)
    count = -(-days // width)
    starts = [(first + step * width) * DAY_S for step in range(count)]
    return (day_N - first) // width, starts, width * DAY_S


class _Ground:
    """The history that rules are measured on."""

    def __init__(
        self,
        bad_N: npt.NDArray[np.bool_],
        good_N: npt.NDArray[np.bool_],
        amount_N: Floats,
        step_N: npt.NDArray[np.int64],
        steps: int,
    ) -> None:
        self.bad_N, self.good_N, self._amount_N = bad_N, good_N, amount_N
        self._step_N, self._steps = step_N, steps

    def told(self, hit_N: npt.NDArray[np.bool_]) -> dict[str, Any]:
        """Return the figures of one mask."""
        bad_N, good_N = hit_N & self.bad_N, hit_N & self.good_N
        hits, frauds, genuine = int(hit_N.sum()), int(bad_N.sum()), int(good_N.sum())
        all_frauds = int(self.bad_N.sum())
        return {
            "hits": hits,
            "frauds": frauds,
            "genuine": genuine,
            "unknown": hits - frauds - genuine,
            "precision": frauds / (frauds + genuine) if frauds + genuine else None,
            "recall": frauds / all_frauds if all_frauds else None,
            "fraud_amount": float(self._amount_N[bad_N].sum()),
            "genuine_amount": float(self._amount_N[good_N].sum()),
            "days": {"hits": self._by_step(hit_N), "frauds": self._by_step(bad_N)},
        }

    def _by_step(self, mask_N: npt.NDArray[np.bool_]) -> list[int]:
        return np.bincount(self._step_N[mask_N], minlength=self._steps).tolist()  # type: ignore[no-any-return]
