"""The states of an entity's keys after a whole table, without going through it event by event.

Shapes: M events that have the entity, by key and arrival; K keys.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.fraud.features import columns
from ml.fraud.features.lines import Group, Int, reduced
from ml.fraud.features.plan import EntityPlan
from ml.fraud.features.spec import FeatureSet, state_key
from ml.fraud.features.state import GONE, HEADER, LATE, MARK
from ml.fraud.features.values import hash_of


class Table(Protocol):
    """What is needed of the events."""

    table: pl.DataFrame
    features: FeatureSet

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column's numbers."""


def of_entity(plan: EntityPlan, group: Group, events: Table) -> dict[str, bytes]:
    """Return key -> state for every key of one entity."""
    starts = np.flatnonzero(group.rank == 0)
    ends = np.append(starts[1:], len(group.rank))
    if not len(starts):
        return {}
    first = reduced(np.minimum, group.instants, starts, ends, empty=0)
    newest = reduced(np.maximum, group.instants, starts, ends, empty=0)
    kept = _kept(group, starts, ends, newest - plan.horizon_us)
    held = _held(plan, group, events)
    named = events.table[group.rows[starts]].select(plan.entity)
    found: dict[str, bytes] = {}
    for k, event in enumerate(named.iter_rows(named=True)):
        lo, hi = int(kept[k]), int(ends[k])
        instants = group.instants[lo:hi]
        flags = LATE * bool((np.diff(instants) < 0).any()) | GONE * bool(lo > starts[k])
        bounds = int(first[k]), int(newest[k])
        head = HEADER.pack(MARK, plan.fingerprint, hi - lo, flags, *bounds)
        key = state_key(plan.entity, event)
        if key is not None:
            found[key] = b"".join((head, *[column[lo:hi].tobytes() for column in held]))
    return found


def _kept(group: Group, starts: Int, ends: Int, limit_K: Int) -> Int:
    """Return the first event that each key still remembers: of the newest, what is not too old.

    The last to arrive stays in any case, as it does online.
    """
    owner = np.repeat(np.arange(len(starts)), ends - starts)
    places = np.arange(len(owner))
    many = np.maximum(starts, ends - group.bounds.most)
    remembered = (group.instants > limit_K[owner]) & (places >= many[owner])
    first = np.where(remembered, places, len(owner))
    kept: Int = reduced(np.minimum, first, starts, ends, empty=0)
    return np.minimum(kept, ends - 1)


def _held(plan: EntityPlan, group: Group, events: Table) -> list[NDArray[Any]]:
    """Return the columns of the states, in the order of their layout."""
    table, features = events.table, events.features
    ids = np.zeros(len(table), np.uint64)
    if features.event_id:
        ids = digests(table, features.event_id)
    labels = columns.labels(table, features.label).astype(np.uint8)
    parts: list[NDArray[Any]] = [ids, *map(events.numbers, plan.numbers)]
    parts += [digests(table, column) for column in plan.texts]
    return [group.instants, *[part[group.rows] for part in (*parts, labels)]]


def digests(table: pl.DataFrame, column: str) -> NDArray[np.uint64]:
    """Return the digest of each value of a column, (N,)."""
    texts = columns.texts(table, column)
    different: Mapping[str, int] = {text: hash_of(text) for text in texts.drop_nulls().unique()}
    found = texts.replace_strict(different, default=0, return_dtype=pl.UInt64)
    return np.asarray(found, np.uint64)
