"""Latencies in buckets fine enough to compare quantiles: eight to the octave, 9 % wide, 10 us to 84 s."""

import math
from collections.abc import Iterable, Mapping

_PER_OCTAVE = 8
_FIRST_S = 1e-5
_LOG_FIRST = math.log2(_FIRST_S)
LAST = 23 * _PER_OCTAVE
Counts = Mapping[int, int]
"""Bucket -> how many; what JSON keeps has text as keys, see `from_json`."""


def index_of(seconds: float) -> int:
    """Return the bucket of a latency."""
    if seconds <= _FIRST_S:
        return 0
    return min(LAST, 1 + int(_PER_OCTAVE * (math.log2(seconds) - _LOG_FIRST)))


def upper_s(index: int) -> float:
    """Return the upper bound of a bucket in seconds."""
    return _FIRST_S * math.exp2(index / _PER_OCTAVE)


def from_json(*stored: Mapping[str, int]) -> dict[int, int]:
    """Return the sum of stored counts."""
    total: dict[int, int] = {}
    for counts in stored:
        for index, number in counts.items():
            total[int(index)] = total.get(int(index), 0) + number
    return total


def quantile_s(counts: Counts, fraction: float) -> float | None:
    """Return the upper bound of the bucket that holds the quantile; None without observations."""
    wanted, seen = fraction * sum(counts.values()), 0
    for index in sorted(counts):
        seen += counts[index]
        if seen and seen >= wanted:
            return upper_s(index)
    return None


def above(counts: Counts, index: int) -> int:
    """Return how many lie in buckets beyond `index`."""
    return sum(number for bucket, number in counts.items() if bucket > index)


def coarser(counts: Counts, *, per_octave: int = 2) -> list[tuple[float, int]]:
    """Return (upper bound in ms, how many) in wider buckets without gaps, for a chart."""
    step = _PER_OCTAVE // per_octave
    wide: dict[int, int] = {}
    for index, number in counts.items():
        wide[-(-index // step)] = wide.get(-(-index // step), 0) + number
    return [(1000 * upper_s(each * step), wide.get(each, 0)) for each in _span(wide)]


def _span(wide: Iterable[int]) -> range:
    found = list(wide)
    return range(min(found), max(found) + 1) if found else range(0)
