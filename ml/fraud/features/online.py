"""Features of one event from the states of its entities; light enough for a web process.

Shapes: F features.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fraud.features import state as memory
from ml.fraud.features.feature import Entity
from ml.fraud.features.history import HISTORY, NAN
from ml.fraud.features.plan import EntityPlan, Link
from ml.fraud.features.single import single
from ml.fraud.features.spec import FeatureSet, state_key
from ml.fraud.features.state import Entry, State
from ml.fraud.features.values import hash_of, micros_of, number_of, text_of
from ml.fraud.features.view import View, view

States = Mapping[str, bytes | None]


def compute(
    event: Mapping[str, Any], states: States, features: FeatureSet
) -> tuple[NDArray[np.float64], dict[str, bytes]]:
    """Compute the features of one event, and the states after it.

    The event is not changed and nothing is stored: keep the new states to count the event, drop them
    for a dry run. Calls for the same entity must follow each other (compare and swap).

    Args:
        event: column -> value (text, number, datetime, bool or None). A label in it is stored with the
            event, which is how histories are replayed; it counts only after the delay.
        states: state key -> bytes for `features.state_keys(event)`; absent or None for a new entity.
        features: the definition.

    Returns:
        float64 (F,) as `batch.compute` gives for the same row; and key -> bytes of the states that
        changed. A state that holds the event's id already does not change, so an event that comes again
        is a no-op with (while its history is remembered) the features of its first time.

    Raises:
        FeatureInputError: the event has no readable time.
        FeatureStateError: a state is damaged or of another definition.
    """
    out: list[float] = [NAN] * len(features.features)
    micros = micros_of(event.get(features.time), features.time_unit) if features.time else 0
    for index, feature in features.plan.single:
        out[index] = single(feature, event, micros)
    changed: dict[str, bytes] = {}
    views: dict[Entity, View] = {}
    common = _Common(event, micros, features)
    for plan in features.plan.entities:
        key = state_key(plan.entity, event)
        if key is None:
            continue
        seen, new = _step(plan, common, states.get(key))
        views[plan.entity] = seen
        if new is not None:
            changed[key] = new
        for job in plan.jobs:
            out[job.index] = HISTORY[job.kind](seen, job)
    for link in features.plan.links:
        out[link.index] = _linked(link, views, hash_of(text_of(event.get(link.column))))
    return np.array(out), changed


def replay(
    events: Iterable[Mapping[str, Any]],
    features: FeatureSet,
    states: States | None = None,
) -> dict[str, bytes]:
    """Return the states after the events, in their order; an event that came before is a no-op."""
    held: dict[str, bytes] = {k: raw for k, raw in (states or {}).items() if raw is not None}
    for event in events:
        held |= compute(event, held, features)[1]
    return held


def apply_label(
    event: Mapping[str, Any], label: int, states: States, features: FeatureSet
) -> dict[str, bytes]:
    """Set the label of an event that was counted before.

    Args:
        event: at least its id and its entity columns.
        label: 1 for fraud, 0 to take it back. Early labels may be applied at once: the delay is kept
            when features are computed.
        states: key -> bytes for `features.state_keys(event)`.
        features: the definition.

    Returns:
        Key -> bytes of the states that changed; empty when none remembers the event, or the label is
        set already, or no feature uses labels.
    """
    digest = _event_digest(event, features)
    changed: dict[str, bytes] = {}
    for plan in features.plan.entities if digest else ():
        key = state_key(plan.entity, event)
        raw = states.get(key) if key else None
        if not key or not raw:
            continue
        state = memory.read(raw, plan)
        at = state.position(digest)
        new = memory.with_label(state, at, int(bool(label))) if at >= 0 else None
        if new is not None:
            changed[key] = new
    return changed


class _Common:
    """What every entity of an event needs of it, read once."""

    def __init__(self, event: Mapping[str, Any], micros: int, features: FeatureSet) -> None:
        self.event, self.micros, self.max_events = event, micros, features.max_events
        self.id = _event_digest(event, features)
        labelled = number_of(event.get(features.label)) if features.label else 0.0
        self.label = int(labelled == 1)
        self.numbers: dict[str, float] = {}
        self.texts: dict[str, int] = {}

    def entry(self, plan: EntityPlan) -> Entry:
        """Return what the event leaves in the states of one entity."""
        numbers, texts = self.numbers, self.texts
        for column in plan.numbers:
            if column not in numbers:
                numbers[column] = number_of(self.event.get(column))
        for column in plan.texts:
            if column not in texts:
                texts[column] = hash_of(text_of(self.event.get(column)))
        return Entry(
            micros=self.micros,
            id=self.id,
            numbers=tuple([numbers[column] for column in plan.numbers]),
            texts=tuple([texts[column] for column in plan.texts]),
            label=self.label,
        )


def _event_digest(event: Mapping[str, Any], features: FeatureSet) -> int:
    return hash_of(text_of(event.get(features.event_id))) if features.event_id else 0


def _step(plan: EntityPlan, common: _Common, raw: bytes | None) -> tuple[View, bytes | None]:
    """Return what the event sees of one entity, and the entity's new state if it changes."""
    entry = common.entry(plan)
    if raw is None:
        new = memory.first_of(entry, plan)
        return view(new, plan, is_first=True, first=entry.micros), new.raw
    old = memory.read(raw, plan)
    at = old.position(entry.id) if entry.id else -1
    if at >= 0:
        return _again(old, at, plan), None
    new = memory.append(old, entry, plan, common.max_events)
    return view(new, plan, is_first=False, first=old.first), new.raw


def _again(old: State, at: int, plan: EntityPlan) -> View:
    """Return what an event saw that was counted before."""
    then = memory.prefix(old, at + 1, plan)
    first = old.first if old.gone else min(then.instants())
    return view(then, plan, is_first=at == 0 and not old.gone, first=first)


def _linked(link: Link, views: Mapping[Entity, View], me: int) -> float:
    found, known = set[int](), False
    for entity, window, slot in link.through:
        if entity in views:
            known = True
            found |= _neighbours(views[entity], window, slot, me, frauds=link.frauds)
    return len(found) if known else NAN


def _neighbours(view: View, window: int, slot: int, me: int, *, frauds: bool) -> set[int]:
    lo, hi = view.spans[window]
    others = view.texts[slot][lo:hi]
    if not frauds:
        return set(others) - {0, me}
    events = zip(others, view.ids[lo:hi], view.labels[lo:hi], strict=True)
    return {event for who, event, label in events if label and event and who not in (0, me)}
