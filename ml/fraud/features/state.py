"""An entity's memory as bytes: the events of the horizon, in the order they arrived.

Layout, little-endian: a header of 40 bytes (mark, fingerprint of what is held, number of events, flags,
earliest and newest instant ever seen), then columns of n values each: instants (int64 us), ids (64-bit
digests), numbers (float64), texts (64-bit digests), labels (1 byte). 17 bytes an event and 8 for each
column more; `max_events` bounds it (1,024 events with two columns: 33 KiB). There is nothing to parse.
"""

import itertools
import struct
from dataclasses import dataclass

from ml.fraud.features.errors import FeatureStateError
from ml.fraud.features.plan import EntityPlan

HEADER = struct.Struct("<4sIIIqq")
MARK = b"PQF1"
LATE, GONE = 1, 2
"""Flags: the instants are not in order; events at the front have been forgotten."""
BASE = HEADER.size
_Q, _U, _D = struct.Struct("<q"), struct.Struct("<Q"), struct.Struct("<d")


@dataclass(slots=True)  # not frozen, as State and View: that doubles the time it takes to make one
class Entry:
    """What one event leaves in a state: instant, digest of the id, numbers, digests, label."""

    micros: int
    id: int
    numbers: tuple[float, ...]
    texts: tuple[int, ...]
    label: int


@dataclass(slots=True)
class State:
    """A state's bytes with its header read.

    Attributes:
        raw: header and columns.
        n: number of events.
        late: whether the instants are out of order.
        gone: whether events have been forgotten.
        first: earliest instant ever seen, us.
        newest: newest instant ever seen, us.
    """

    raw: bytes
    n: int
    late: bool
    gone: bool
    first: int
    newest: int

    def instants(self) -> memoryview:
        """Return the instants, in order of arrival."""
        return memoryview(self.raw)[BASE : BASE + 8 * self.n].cast("q")

    def position(self, event_id: int) -> int:
        """Return the place of the event with this digest, -1 where there is none."""
        start, packed = BASE + 8 * self.n, _U.pack(event_id)
        end = start + 8 * self.n
        found = self.raw.find(packed, start, end)
        while found >= 0 and (found - start) % 8:
            found = self.raw.find(packed, found + 1, end)
        return (found - start) // 8 if found >= 0 else -1


def read(raw: bytes, plan: EntityPlan) -> State:
    """Read a state's header.

    Raises:
        FeatureStateError: damaged, or made for another definition.
    """
    if len(raw) < BASE or raw[:4] != MARK:
        raise FeatureStateError("The state of an entity is damaged: rebuild it from history.")
    _, fingerprint, n, flags, first, newest = HEADER.unpack_from(raw)
    if fingerprint != plan.fingerprint:
        raise FeatureStateError(
            "The state of an entity was made for other features: rebuild it from history."
        )
    if len(raw) != BASE + n * width(plan):
        raise FeatureStateError("The state of an entity is cut short: rebuild it from history.")
    return State(raw, n, bool(flags & LATE), bool(flags & GONE), first, newest)


def width(plan: EntityPlan) -> int:
    """Return the bytes of one event."""
    return 17 + 8 * (len(plan.numbers) + len(plan.texts))


def first_of(entry: Entry, plan: EntityPlan) -> State:
    """Return the state after an entity's first event."""
    head = HEADER.pack(MARK, plan.fingerprint, 1, 0, entry.micros, entry.micros)
    return State(
        b"".join((head, *_packed(entry))),
        n=1,
        late=False,
        gone=False,
        first=entry.micros,
        newest=entry.micros,
    )


def append(old: State, entry: Entry, plan: EntityPlan, max_events: int) -> State:
    """Return the state after one more event, without what is forgotten at its front."""
    first, newest = min(old.first, entry.micros), max(old.newest, entry.micros)
    gone = _forgotten(old, newest - plan.horizon_us, max_events - 1)
    n = old.n - gone + 1
    late = (old.late and _is_late(old, gone)) or (n > 1 and entry.micros < old.instants()[-1])
    flags = LATE * late | GONE * (old.gone or gone > 0)
    raw, at = memoryview(old.raw), BASE
    parts: list[bytes | memoryview] = [HEADER.pack(MARK, plan.fingerprint, n, flags, first, newest)]
    for column in _packed(entry):
        stride = len(column)
        parts += [raw[at + gone * stride : at + old.n * stride], column]
        at += old.n * stride
    return State(b"".join(parts), n, late, bool(flags & GONE), first, newest)


def prefix(old: State, n: int, plan: EntityPlan) -> State:
    """Return the state as it was when it held its first n events only."""
    parts, at = [], BASE
    for stride in [8] * (2 + len(plan.numbers) + len(plan.texts)) + [1]:
        parts.append(old.raw[at : at + n * stride])
        at += old.n * stride
    newest = max(old.instants()[:n], default=old.first)
    flags = LATE * old.late | GONE * old.gone
    head = HEADER.pack(MARK, plan.fingerprint, n, flags, old.first, newest)
    return State(b"".join((head, *parts)), n, old.late, old.gone, old.first, newest)


def with_label(old: State, at: int, label: int) -> bytes | None:
    """Return the state with the label of event `at` set; None when it is so already."""
    place = len(old.raw) - old.n + at
    if old.raw[place] == label:
        return None
    changed = bytearray(old.raw)
    changed[place] = label
    return bytes(changed)


def _packed(entry: Entry) -> list[bytes]:
    return [
        _Q.pack(entry.micros),
        _U.pack(entry.id),
        *[_D.pack(number) for number in entry.numbers],
        *[_U.pack(text) for text in entry.texts],
        b"\x01" if entry.label else b"\x00",
    ]


def _forgotten(old: State, limit: int, keep: int) -> int:
    """Return how many events at the front are too old or too many."""
    gone, instants = max(0, old.n - keep), old.instants()
    while gone < old.n and instants[gone] <= limit:
        gone += 1
    return gone


def _is_late(old: State, gone: int) -> bool:
    instants = old.instants()[gone:].tolist()
    return any(after < before for before, after in itertools.pairwise(instants))
