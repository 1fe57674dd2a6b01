"""What the kinds over an entity's history are, for one event. `batch` has the same over whole tables."""

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fraud.features.plan import SECOND_US, Job
from ml.fraud.features.view import View

NAN = float("nan")
add, highest, lowest = np.add.reduce, np.maximum.reduce, np.minimum.reduce


def _numbers(view: View, job: Job) -> NDArray[np.float64]:
    lo, hi = view.spans[job.window]
    numbers: NDArray[np.float64] = view.numbers[job.slot][lo : hi + job.with_current]
    return numbers


def _known(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    known: NDArray[np.float64] = numbers[~np.isnan(numbers)]
    return known


def _count(view: View, job: Job) -> float:
    lo, hi = view.spans[job.window]
    return hi - lo + job.with_current


def _sum(view: View, job: Job) -> float:
    numbers = _numbers(view, job)
    total = float(add(numbers))
    return float(add(_known(numbers))) if isnan(total) else total


def _mean(view: View, job: Job) -> float:
    return _mean_of(_numbers(view, job))


def _mean_of(numbers: NDArray[np.float64]) -> float:
    total = float(add(numbers))
    if isnan(total):
        numbers = _known(numbers)
        total = float(add(numbers))
    return total / len(numbers) if len(numbers) else NAN


def _extreme(of: Callable[[NDArray[np.float64]], Any], numbers: NDArray[np.float64]) -> float:
    if not len(numbers):
        return NAN
    found = float(of(numbers))
    if isnan(found):
        numbers = _known(numbers)
        return float(of(numbers)) if len(numbers) else NAN
    return found


def _max(view: View, job: Job) -> float:
    return _extreme(highest, _numbers(view, job))


def _min(view: View, job: Job) -> float:
    return _extreme(lowest, _numbers(view, job))


def _std(view: View, job: Job) -> float:
    numbers = _known(_numbers(view, job))
    if not len(numbers):
        return NAN
    apart = numbers - add(numbers) / len(numbers)
    return float(np.sqrt(add(apart * apart) / len(numbers)))


def _ratio(view: View, job: Job) -> float:
    lo, hi = view.spans[job.window]
    numbers = view.numbers[job.slot]
    usual = _mean_of(numbers[lo:hi])
    return float(numbers[view.here]) / usual if usual else NAN


def _distinct(view: View, job: Job) -> float:
    lo, hi = view.spans[job.window]
    seen = set(view.texts[job.slot][lo : hi + job.with_current].tolist())
    seen.discard(0)
    return len(seen)


def _since_last(view: View, job: Job) -> float:
    lo, hi = view.spans[job.window]
    if lo == hi:
        return NAN
    return (view.instants[view.here] - view.instants[hi - 1]) / SECOND_US


def _first_seen(view: View, job: Job) -> float:
    return float(view.is_first)


def _age(view: View, job: Job) -> float:
    return max(0, view.instants[view.here] - view.first) / SECOND_US


def _delayed_count(view: View, job: Job) -> float:
    lo, hi = view.spans[job.window]
    return hi - lo


def _delayed_frauds(view: View, job: Job) -> float:
    return view.labels.count(1, *view.spans[job.window])


def _delayed_share(view: View, job: Job) -> float:
    lo, hi = view.spans[job.window]
    return view.labels.count(1, lo, hi) / (hi - lo) if hi > lo else 0.0


HISTORY: Mapping[str, Callable[[View, Job], float]] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "max": _max,
    "min": _min,
    "std": _std,
    "ratio": _ratio,
    "distinct": _distinct,
    "since_last": _since_last,
    "first_seen": _first_seen,
    "age": _age,
    "delayed_count": _delayed_count,
    "delayed_frauds": _delayed_frauds,
    "delayed_share": _delayed_share,
}
"""Kind -> its value for one event."""
