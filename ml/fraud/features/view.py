"""A state in the order of time, with the event that is asked about in its place; what features see."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ml.fraud.features.plan import EntityPlan
from ml.fraud.features.state import BASE, State

Numbers = NDArray[np.float64]


@dataclass(slots=True)  # not frozen: that would double the time it takes to make one
class View:
    """Events of one entity in the order of time.

    Attributes:
        here: place of the event that is asked about; what arrived before with an equal or earlier
            time stands before it.
        spans: (from, to) of each window of the plan, the event itself left out.
        instants: us.
        ids: digests.
        numbers: one array per column.
        texts: digests, one memoryview per column.
        labels: one byte each.
        is_first: the entity has never been seen before.
        first: its earliest instant ever, us.
    """

    here: int
    spans: tuple[tuple[int, int], ...]
    instants: Sequence[int]
    ids: Sequence[int]
    numbers: tuple[Numbers, ...]
    texts: tuple[Any, ...]
    labels: bytes
    is_first: bool
    first: int


def view(state: State, plan: EntityPlan, *, is_first: bool, first: int) -> View:
    """Return the view of a state whose last event is the one that is asked about."""
    columns = _columns(state, plan)
    here = state.n - 1
    now = columns[0][here]
    if state.late:
        columns, here = _sorted(columns)
    instants, ids, *rest = columns
    n_numbers = len(plan.numbers)
    floor = state.newest - plan.horizon_us
    return View(
        here=here,
        spans=tuple([_span(instants, now, here, each, floor) for each in plan.windows]),
        instants=instants,
        ids=ids,
        numbers=tuple(np.asarray(each) for each in rest[:n_numbers]),
        texts=tuple(rest[n_numbers:-1]),
        labels=bytes(rest[-1]),
        is_first=is_first,
        first=first,
    )


def _span(
    instants: Sequence[int], now: int, here: int, window: tuple[int, int], floor: int
) -> tuple[int, int]:
    length, shift = window
    to = bisect_right(instants, now - shift, 0, here) if shift else here
    since = now - shift - length
    return bisect_right(instants, since if since > floor else floor, 0, to), to


def _columns(state: State, plan: EntityPlan) -> list[Any]:
    raw, n, at = memoryview(state.raw), state.n, BASE
    found: list[Any] = []
    codes: list[Literal["q", "Q", "d"]] = ["q", "Q"]
    codes += ["d"] * len(plan.numbers)
    codes += ["Q"] * len(plan.texts)
    for code in codes:
        found.append(raw[at : at + 8 * n].cast(code))
        at += 8 * n
    return [*found, raw[at:]]


def _sorted(columns: list[Any]) -> tuple[list[Any], int]:
    """Order by time; of equal times, the one that arrived first stands first."""
    order = np.argsort(np.asarray(columns[0]), kind="stable")
    here = int(np.flatnonzero(order == len(order) - 1)[0])
    arrays: list[Any] = [np.asarray(each)[order] for each in columns]
    return [memoryview(each) for each in arrays], here
