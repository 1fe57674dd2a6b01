"""Features of a whole table at once.

Shapes: N events, F features.
"""

from functools import cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.fraud.features import columns, linked, memories
from ml.fraud.features.errors import FeatureInputError
from ml.fraud.features.feature import Entity, Feature
from ml.fraud.features.lines import Bounds, Group, Int
from ml.fraud.features.plan import NUMBERS, SECOND_US, EntityPlan
from ml.fraud.features.single import NIGHT_ENDS_H
from ml.fraud.features.spec import FeatureSet
from ml.fraud.features.stretches import STRETCHES, asked


def compute(
    table: pl.DataFrame, features: FeatureSet, *, arrival: str = "time"
) -> NDArray[np.float64]:
    """Compute the features of every row from the rows before it.

    Args:
        table: one event per row, in any order; the result has the same order.
        features: the definition; its columns must be in the table. Labels are read from the label
            column where there is one (missing is no fraud) and count only after the delay.
        arrival: "time" (the default, for histories): events arrived in the order of their times, equal
            times in the order of rows. "rows": events arrived in the order of the rows, late ones
            included; with this the result equals `online.compute` called row by row.

    Returns:
        float64 (N, F), columns as `features.names`. NaN is "unknown" (see `spec`).

    Raises:
        FeatureInputError: a column is missing or cannot be read as what it should be.
    """
    events, back_N = arrived(table, features, arrival)
    out = np.full((len(events.table), len(features.features)), np.nan)
    for index, feature in features.plan.single:
        out[:, index] = _single(feature, events)
    groups: dict[Entity, Group] = {}
    for plan in features.plan.entities:
        groups[plan.entity] = group = events.group(plan)
        _history(plan, group, events, out)
    for link in features.plan.links:
        windows = {p.entity: p.windows for p in features.plan.entities}
        through = [(groups[e], *windows[e][window]) for e, window, _ in link.through]
        who = events.texts(link.column)
        counts = events.labels_and_ids() if link.frauds else None
        out[:, link.index] = linked.neighbours(through, who, counts)
    return out[back_N]


def states(table: pl.DataFrame, features: FeatureSet, *, arrival: str = "time") -> dict[str, bytes]:
    """Return every entity's state after the table, as if `online.compute` had seen each row.

    A history is loaded so before a detector goes live, and states are rebuilt so: one pass over the columns
    instead of one call per event.

    Raises:
        FeatureInputError: as `compute`.
    """
    events, _ = arrived(table, features, arrival)
    found: dict[str, bytes] = {}
    for plan in features.plan.entities:
        found |= memories.of_entity(plan, events.group(plan), events)
    return found


class Events:
    """The events of a table in the order of arrival, each once; columns are read when asked for."""

    def __init__(self, table: pl.DataFrame, features: FeatureSet, instants: Int) -> None:
        self.table, self.features, self.instants = table, features, instants
        self.texts = cache(self._texts)
        self.numbers = cache(lambda column: columns.numbers(table, column))

    def _texts(self, column: str) -> Int:
        return columns.codes(columns.texts(self.table, column))

    def labels_and_ids(self) -> tuple[Int, Int]:
        """Return labels, and ids as numbers (-1 for an event without)."""
        labels = columns.labels(self.table, self.features.label)
        return labels, self.texts(self.features.event_id or "")

    def group(self, plan: EntityPlan) -> Group:
        """Return the events that have an entity."""
        keys = columns.codes(*[columns.texts(self.table, column) for column in plan.entity])
        reach = plan.horizon_us - self.features.lateness_s * SECOND_US
        return Group(keys, self.instants, Bounds(reach, plan.horizon_us, self.features.max_events))


def arrived(table: pl.DataFrame, features: FeatureSet, arrival: str) -> tuple[Events, Int]:
    """Return the events as they arrived, and where each row of the table is among them."""
    columns.check(table, features)
    if arrival not in ("time", "rows"):
        raise FeatureInputError(f"arrival must be 'time' or 'rows', not {arrival!r}.")
    N = len(table)
    instants = np.zeros(N, np.int64)
    if features.time:
        instants = columns.instants(table, features.time, features.time_unit)
    order = np.argsort(instants, kind="stable") if arrival == "time" else np.arange(N)
    kept, event_of = _once(table, features, order)
    back = np.empty(N, np.int64)
    back[order] = event_of
    rows = order[kept]
    return Events(table[rows], features, instants[rows]), back


def _once(table: pl.DataFrame, features: FeatureSet, order: Int) -> tuple[Int, Int]:
    """Return which arrivals are not duplicates, and which of these each arrival is."""
    N = len(order)
    if features.event_id is None:
        return np.arange(N), np.arange(N)
    ids = columns.codes(columns.texts(table, features.event_id))[order]
    ids = np.where(ids < 0, ids.max(initial=0) + 1 + np.arange(N), ids)
    _, first, which = np.unique(ids, return_index=True, return_inverse=True)
    kept = np.sort(first)
    return kept, np.searchsorted(kept, first[which])


def _single(feature: Feature, events: Events) -> NDArray[Any]:
    if feature.column is None:
        return _calendar(feature.kind, events.instants)
    if feature.kind == "value":
        return events.numbers(feature.column)
    texts = columns.texts(events.table, feature.column)
    if feature.kind == "is":
        return np.asarray((texts == feature.categories[0]).fill_null(value=False), float)
    codes = {text: float(code) for code, text in enumerate(feature.categories)}
    return np.asarray(texts.replace_strict(codes, default=-1.0, return_dtype=pl.Float64))


def _calendar(kind: str, instants: Int) -> NDArray[Any]:
    days, rest = np.divmod(instants, 86_400 * SECOND_US)
    if kind == "weekend":
        return (days + 3) % 7 >= 5
    hour = rest / (3600 * SECOND_US)
    return hour if kind == "hour" else hour < NIGHT_ENDS_H


def _history(plan: EntityPlan, group: Group, events: Events, out: NDArray[np.float64]) -> None:
    """Fill the columns of one entity's features."""
    rows, first = group.rows, group.rank == 0
    since = np.maximum(events.instants[rows] - group.earliest, 0) / SECOND_US
    whole = {"first_seen": first.astype(float), "age": np.where(first, 0.0, since)}
    for job in plan.jobs:
        if job.kind in whole:
            out[rows, job.index] = whole[job.kind]
    labels = columns.labels(events.table, events.features.label)
    for line in group.lines():
        spans = [line.spans(*window) for window in plan.windows]
        for job in plan.jobs:
            if job.kind in STRETCHES:
                held = {"labels": labels} | _column(plan, job.kind, job.slot, events)
                answer = STRETCHES[job.kind](asked(line, job, spans[job.window], held))
                out[line.rows[line.at], job.index] = answer


def _column(plan: EntityPlan, kind: str, slot: int, events: Events) -> dict[str, NDArray[Any]]:
    if slot < 0:
        return {}
    if kind in NUMBERS:
        return {"numbers": events.numbers(plan.numbers[slot])}
    return {"texts": events.texts(plan.texts[slot])}
