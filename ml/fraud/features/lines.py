"""The events of one entity in lines: what each event sees of the others is a stretch before it.

In a line, events stand by key and time. Where events arrived in order, all of them stand in one line and
an event sees those just before it. An event that is late breaks that for a few others; each of these gets a
line of its own, which holds only what it could see.

Shapes: N events, M positions of a line, Q events that are asked about.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Int = NDArray[np.int64]
Bool = NDArray[np.bool_]
AT_ONCE = 4_000_000
"""Positions of lines of their own that are held at once: 100 MB."""


@dataclass(frozen=True)
class Line:
    """Events by key and time, and which of them are asked about.

    Attributes:
        rows: number of the event in the table.
        keys: number of the key, ascending.
        instants: us, ascending within a key.
        at: positions of the events that are asked about, ascending.
        least: the first position each may see.
    """

    rows: Int
    keys: Int
    instants: Int
    at: Int
    least: Int

    def spans(self, length_us: int, shift_us: int) -> tuple[Int, Int]:
        """Return (from, to) of what each asked event sees in a window, itself left out."""
        hi = self._after(shift_us) if shift_us else self.at
        lo = np.maximum(self._after(shift_us + length_us), self.least)
        return np.minimum(lo, hi), hi

    def _after(self, back_us: int) -> Int:
        """Return the first position of the key later than `back_us` before the asked event."""
        keys, wanted = self.keys[self.at], self.instants[self.at] - back_us
        start = int(self.instants.min(initial=0))
        span = int(self.instants.max(initial=0)) - start + 2
        if int(self.keys[-1] + 1) * span < 2**62:
            line = self.keys * span + (self.instants - start + 1)
            found = np.searchsorted(line, keys * span + np.maximum(wanted - start + 1, 0), "right")
        else:  # complex numbers are ordered by real, then imaginary part
            pairs = self.keys + 1j * (self.instants - start)
            found = np.searchsorted(pairs, keys + 1j * (wanted - start), "right")
        return np.minimum(found, self.at)


@dataclass(frozen=True)
class Bounds:
    """What an entity remembers: the reach of its windows, its horizon (us), its most events."""

    reach_us: int
    horizon_us: int
    most: int


class Group:
    """All events that have the entity.

    Attributes:
        rows: numbers of the events, by key and arrival.
        rank: how many of the key arrived before.
        earliest: earliest instant of those, us.
    """

    def __init__(self, keys_N: Int, instants_N: Int, bounds: Bounds) -> None:
        """Sort the events.

        Args:
            keys_N: number of the key in order of arrival, -1 for an event without the entity.
            instants_N: us.
            bounds: what is remembered.
        """
        order = np.argsort(keys_N, kind="stable")
        self.rows: Int = order[np.searchsorted(keys_N[order], 0) :]
        self.keys: Int = keys_N[self.rows]
        self.instants: Int = instants_N[self.rows]
        self.bounds = bounds
        new = np.ones(len(self.rows), bool)
        new[1:] = self.keys[1:] != self.keys[:-1]
        starts = np.flatnonzero(new)
        self._sizes = np.diff(np.append(starts, len(new)))
        self._start_M: Int = np.repeat(starts, self._sizes)
        self.rank: Int = np.arange(len(new)) - self._start_M
        self._run()
        self._place()

    def _run(self) -> None:
        """Find the newest instant up to, and the earliest before, each arrival."""
        frame = pl.DataFrame({"key": self.keys, "at": self.instants})
        at = pl.col("at")
        newest = frame.select(at.cum_max().over("key")).to_series()
        earliest = frame.select(at.cum_min().shift(1).over("key")).to_series()
        self._floor_M: Int = newest.to_numpy() - self.bounds.horizon_us
        self.earliest: Int = earliest.fill_null(0).to_numpy()

    def _place(self) -> None:
        """Put the line by time beside the line by arrival, and find the events it is wrong for."""
        behind = np.zeros(len(self.rows), bool)
        behind[1:] = (self.instants[1:] < self.instants[:-1]) & (self.rank[1:] > 0)
        late_K = np.zeros(len(self._sizes), bool)
        key_M = np.repeat(np.arange(len(self._sizes)), self._sizes)
        late_K[key_M[behind]] = True
        late_M = late_K[key_M]
        self._by_time: Int = np.arange(len(self.rows))
        if late_M.any():
            self._by_time = np.lexsort((self.instants, self.keys))
        self._busy_M: Bool = np.repeat(self._sizes > self.bounds.most, self._sizes)
        self._apart_M: Bool = late_M & self._busy_M
        self._mark(np.flatnonzero(late_M & ~self._busy_M))

    def _mark(self, at: Int) -> None:
        """Set apart the events before which something stands that arrived after them."""
        if not len(at):
            return
        line = self._whole(at)
        lo, hi = line.spans(self.bounds.reach_us, 0)
        last = reduced(np.maximum, line.rows, lo, hi, empty=-1)
        arrived = self._by_time[at]
        lateness = self.bounds.horizon_us - self.bounds.reach_us
        newest = self._floor_M[arrived] + self.bounds.horizon_us
        very_late = newest - lateness > self.instants[arrived]
        self._apart_M[at] = (last > line.rows[at]) | very_late

    def _whole(self, at: Int) -> Line:
        by = self._by_time
        least = np.where(self._busy_M[at], at - (self.bounds.most - 1), 0)
        least = np.maximum(least, self._start_M[at])
        return Line(self.rows[by], self.keys[by], self.instants[by], at, least)

    def lines(self, among_N: Bool | None = None) -> Iterator[Line]:
        """Yield lines that ask about each event once, or about each of some."""
        if not len(self.rows):
            return
        asked = np.ones(len(self.rows), bool)
        if among_N is not None:
            asked = among_N[self.rows[self._by_time]]
        together = np.flatnonzero(asked & ~self._apart_M)
        if len(together):
            yield self._whole(together)
        yield from self._own(self._by_time[asked & self._apart_M])

    def _own(self, asked: Int) -> Iterator[Line]:
        """Yield lines of the events with these places by arrival, a bounded number at once."""
        seen = np.minimum(self.rank[asked], self.bounds.most - 1) + 1
        chunks = np.cumsum(seen) // AT_ONCE
        for chunk in range(int(chunks[-1]) + 1 if len(chunks) else 0):
            some = chunks == chunk
            if some.any():
                yield self._own_of(asked[some], seen[some])

    def _own_of(self, asked: Int, seen: Int) -> Line:
        owner, places = expanded(asked - seen + 1, asked + 1)
        own = places == asked[owner]
        at = self.instants[places]
        seeable = (at <= self.instants[asked][owner]) & (at > self._floor_M[asked][owner])
        owner, places = owner[seeable | own], places[seeable | own]
        order = np.lexsort((self.instants[places], owner))
        owner, places = owner[order], places[order]
        last = np.searchsorted(owner, np.arange(len(asked)), "right") - 1
        first = np.searchsorted(owner, np.arange(len(asked)))
        return Line(self.rows[places], owner, self.instants[places], last, first)


def expanded(lo: Int, hi: Int) -> tuple[Int, Int]:
    """Return, for stretches [lo, hi), the stretch's number and the position of all they hold."""
    sizes = hi - lo
    owner = np.repeat(np.arange(len(lo)), sizes)
    starts = np.cumsum(sizes) - sizes
    return owner, np.arange(len(owner)) - starts[owner] + lo[owner]


def reduced(
    ufunc: np.ufunc, values_M: NDArray[Any], lo: Int, hi: Int, empty: float
) -> NDArray[Any]:
    """Return the sum, maximum or minimum over each stretch [lo, hi)."""
    both = np.empty(2 * len(lo), np.int64)
    both[0::2], both[1::2] = lo, hi
    found = ufunc.reduceat(np.append(values_M, values_M[:1]), both)[::2]
    return np.where(hi > lo, found, empty)
