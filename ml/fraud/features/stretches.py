"""What the kinds over an entity's history are, for all events of a line; `history` has one event's.

Shapes: M positions of a line, Q events that are asked about.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fraud.features.lines import Int, Line, expanded, reduced
from ml.fraud.features.plan import SECOND_US, Job

Floats = NDArray[np.float64]
NAN = float("nan")
AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Asked:
    """One feature over one line.

    Attributes:
        line: the line.
        lo: first position each event sees.
        hi: the position after the last, itself left out.
        end: the same, with the event itself where the feature wants it.
        numbers: the feature's numbers, NaN where missing (M,).
        texts: the feature's values as numbers, -1 where missing (M,).
        labels: 1 for fraud (M,).
    """

    line: Line
    lo: Int
    hi: Int
    end: Int
    numbers: Floats
    texts: Int
    labels: Int


def asked(
    line: Line, job: Job, spans: tuple[Int, Int], columns: Mapping[str, NDArray[Any]]
) -> Asked:
    """Gather what one feature needs; `columns` holds the table's numbers, texts and labels (N,)."""
    lo, hi = spans
    rows = line.rows
    nothing = np.empty(0)
    return Asked(
        line=line,
        lo=lo,
        hi=hi,
        end=hi + job.with_current,
        numbers=columns["numbers"][rows] if "numbers" in columns else nothing,
        texts=columns["texts"][rows] if "texts" in columns else nothing.astype(np.int64),
        labels=columns["labels"][rows],
    )


def _known(a: Asked, end: Int) -> Int:
    """Return how many numbers are there."""
    known = np.append(0, np.cumsum(~np.isnan(a.numbers)))
    return np.asarray(known[end] - known[a.lo])


def _sum(a: Asked) -> Floats:
    return reduced(np.add, np.nan_to_num(a.numbers), a.lo, a.end, empty=0.0)


def _mean_to(a: Asked, end: Int) -> Floats:
    n = _known(a, end)
    total = reduced(np.add, np.nan_to_num(a.numbers), a.lo, end, empty=0.0)
    return np.where(n > 0, total / np.maximum(n, 1), NAN)


def _mean(a: Asked) -> Floats:
    return _mean_to(a, a.end)


def _max(a: Asked) -> Floats:
    numbers = np.where(np.isnan(a.numbers), -np.inf, a.numbers)
    found = reduced(np.maximum, numbers, a.lo, a.end, empty=-np.inf)
    return np.where(np.isfinite(found), found, NAN)


def _min(a: Asked) -> Floats:
    numbers = np.where(np.isnan(a.numbers), np.inf, a.numbers)
    found = reduced(np.minimum, numbers, a.lo, a.end, empty=np.inf)
    return np.where(np.isfinite(found), found, NAN)


def _std(a: Asked) -> Floats:
    """Two passes: the difference of squares would lose the digits of a small deviation."""
    mean, n = _mean_to(a, a.end), _known(a, a.end)
    squares = np.zeros(len(a.lo))
    for some in blocks(a.end - a.lo):
        owner, places = expanded(a.lo[some], a.end[some])
        apart = np.nan_to_num(a.numbers[places] - mean[some][owner])
        squares[some] = np.bincount(owner, apart * apart, len(squares[some]))
    deviation: Floats = np.sqrt(squares / np.maximum(n, 1))
    return np.where(n > 0, deviation, NAN)


def _ratio(a: Asked) -> Floats:
    usual = _mean_to(a, a.hi)
    return a.numbers[a.line.at] / np.where(usual == 0, NAN, usual)


def _distinct(a: Asked) -> Floats:
    """Count values by when they stop counting.

    The last of equal values before `end` counts, if it is at `lo` or later. Of a prefix, as many values
    last occur as are different. Position j, seen again at next(j), has left while lo > j and end <= next(j):
    a stretch of the asked events, since both bounds only grow along a line.
    """
    M, known = len(a.texts), a.texts >= 0
    following = np.full(M, M, np.int64)
    keys = np.where(known, a.texts, -1 - np.arange(M))
    order = np.lexsort((np.arange(M), keys, a.line.keys))
    same = (np.diff(keys[order]) == 0) & (np.diff(a.line.keys[order]) == 0)
    following[order[:-1][same]] = order[1:][same]
    again = np.zeros(M, bool)
    again[order[1:][same]] = True
    firsts = np.append(0, np.cumsum(known & ~again))
    left_from = np.searchsorted(a.lo, np.arange(M), "right")
    left_to = np.maximum(np.searchsorted(a.end, following, "right"), left_from)
    steps = np.bincount(left_from[known], minlength=len(a.lo) + 1)
    steps -= np.bincount(left_to[known], minlength=len(a.lo) + 1)
    return (firsts[a.end] - np.cumsum(steps)[:-1]).astype(np.float64)


def _since_last(a: Asked) -> Floats:
    at = a.line.instants
    since = at[a.line.at] - at[np.maximum(a.hi - 1, 0)]
    return np.where(a.hi > a.lo, since / SECOND_US, NAN)


def _frauds(a: Asked) -> Floats:
    running = np.append(0, np.cumsum(a.labels))
    return np.asarray(running[a.hi] - running[a.lo], np.float64)


STRETCHES: Mapping[str, Callable[[Asked], Floats]] = {
    "count": lambda a: (a.end - a.lo).astype(np.float64),
    "sum": _sum,
    "mean": _mean,
    "max": _max,
    "min": _min,
    "std": _std,
    "ratio": _ratio,
    "distinct": _distinct,
    "since_last": _since_last,
    "delayed_count": lambda a: (a.hi - a.lo).astype(np.float64),
    "delayed_frauds": _frauds,
    "delayed_share": lambda a: np.asarray(_frauds(a) / np.maximum(a.hi - a.lo, 1)),
}
"""Kind -> its values (Q,). `first_seen` and `age` are the group's own."""


def blocks(sizes: Int) -> Iterator[slice]:
    """Yield slices whose sizes sum to a bounded number."""
    chunks = np.cumsum(sizes) // AT_ONCE
    edges = np.flatnonzero(np.diff(chunks)) + 1
    for lo, hi in zip(np.append(0, edges), np.append(edges, len(sizes)), strict=True):
        if hi > lo:
            yield slice(int(lo), int(hi))
