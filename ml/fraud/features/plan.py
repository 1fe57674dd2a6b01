"""A definition made ready: what each entity's state holds and what is computed from it."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ml.fraud.features.feature import KINDS, Entity, Feature

T = TypeVar("T")
SECOND_US = 1_000_000
NUMBERS = frozenset({"sum", "mean", "max", "min", "std", "ratio"})
"""Kinds over an entity whose column is a number; the others of a column compare texts."""


@dataclass(frozen=True)
class Job:
    """One feature of an entity's history.

    Attributes:
        index: its column in the matrix.
        kind: its kind.
        window: place in the entity's `windows`.
        slot: place of its column in `numbers` or `texts`, -1 without one.
        with_current: whether the event itself counts.
    """

    index: int
    kind: str
    window: int
    slot: int
    with_current: bool


@dataclass(frozen=True)
class EntityPlan:
    """One entity's state and features.

    Attributes:
        entity: its columns.
        horizon_us: how far before its newest event it remembers.
        numbers: columns whose numbers it holds.
        texts: columns whose values it holds as 64-bit digests.
        windows: (length, shift back) in microseconds of the windows that are asked for.
        jobs: the features; those of `linked` kinds are in `Link`s.
        fingerprint: of what the state holds; a state of another one is refused.
    """

    entity: Entity
    horizon_us: int
    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    windows: tuple[tuple[int, int], ...]
    jobs: tuple[Job, ...]
    fingerprint: int


@dataclass(frozen=True)
class Link:
    """One feature of a `linked` kind.

    Attributes:
        index: its column in the matrix.
        frauds: whether it counts known frauds rather than neighbours.
        column: whose values are the neighbours.
        through: the entities, with the place of the window in each one's `windows` and of the column
            in its `texts`.
    """

    index: int
    frauds: bool
    column: str
    through: tuple[tuple[Entity, int, int], ...]


@dataclass(frozen=True)
class Plan:
    """All of a definition that looks at history, and what looks at the event alone."""

    entities: tuple[EntityPlan, ...]
    links: tuple[Link, ...]
    single: tuple[tuple[int, Feature], ...]


def make(features: tuple[Feature, ...], delay_s: int, lateness_s: int) -> Plan:
    """Return the plan of a definition."""
    entities = sorted({entity for each in features for entity in each.entities})
    plans = {each: _entity_plan(each, features, delay_s, lateness_s) for each in entities}
    numbered = list(enumerate(features))
    return Plan(
        entities=tuple(plans.values()),
        links=tuple(_link(i, each, plans, delay_s) for i, each in numbered if each.through),
        single=tuple((i, each) for i, each in numbered if not each.entities),
    )


def _entity_plan(
    entity: Entity, features: tuple[Feature, ...], delay_s: int, lateness_s: int
) -> EntityPlan:
    mine = [(i, each) for i, each in enumerate(features) if entity in each.entities]
    windows = _unique(_window(each, delay_s) for _, each in mine)
    numbers = _unique(each.column or "" for _, each in mine if each.kind in NUMBERS)
    texts = _unique(e.column for _, e in mine if e.column and e.kind not in NUMBERS)
    jobs = tuple(
        Job(
            index=i,
            kind=each.kind,
            window=windows.index(_window(each, delay_s)),
            slot=_slot(each, numbers, texts),
            with_current=each.with_current,
        )
        for i, each in mine
        if not each.through
    )
    held = "\n".join((*entity, "", *numbers, "", *texts))
    reach_us = max((length + shift for length, shift in windows), default=0)
    return EntityPlan(
        entity=entity,
        horizon_us=reach_us + lateness_s * SECOND_US,
        numbers=numbers,
        texts=texts,
        windows=windows,
        jobs=jobs,
        fingerprint=zlib.crc32(held.encode()),
    )


def _link(index: int, feature: Feature, plans: Mapping[Entity, EntityPlan], delay_s: int) -> Link:
    through = tuple(
        (e, plans[e].windows.index(_window(feature, delay_s)), plans[e].texts.index(feature.column))
        for e in feature.through
        if feature.column
    )
    return Link(index, KINDS[feature.kind].delayed, feature.column or "", through)


def _window(feature: Feature, delay_s: int) -> tuple[int, int]:
    shift = delay_s if KINDS[feature.kind].delayed else 0
    return (feature.window_s or 0) * SECOND_US, shift * SECOND_US


def _slot(feature: Feature, numbers: tuple[str, ...], texts: tuple[str, ...]) -> int:
    if feature.column is None:
        return -1
    held = numbers if feature.kind in NUMBERS else texts
    return held.index(feature.column)


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
