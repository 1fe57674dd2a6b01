"""One feature: what it is, its JSON form, and which kinds there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Entity = tuple[str, ...]
"""One column, or several that count together, such as ("customer", "terminal")."""
DAY = 86_400


@dataclass(frozen=True)
class Kind:
    """What a kind of feature needs.

    Attributes:
        entity: it has an entity.
        window: it has a window.
        column: it reads a column.
        delayed: it looks at the window before the label delay, and at labels.
        categories: it needs categories.
        through: it needs the entities that link.
        time: it needs the time only.
    """

    entity: bool = False
    window: bool = False
    column: bool = False
    delayed: bool = False
    categories: bool = False
    through: bool = False
    time: bool = False


_HISTORY, _OF_COLUMN = Kind(entity=True, window=True), Kind(entity=True, window=True, column=True)
_DELAYED = Kind(entity=True, window=True, delayed=True)
KINDS: Mapping[str, Kind] = {
    "value": Kind(column=True),  # the number in the column
    "is": Kind(column=True, categories=True),  # 1 where the column has this one value
    "code": Kind(column=True, categories=True),  # place of the value in the list, -1 for others
    "hour": Kind(time=True),  # 0 to 24, UTC, with fractions
    "night": Kind(time=True),  # 1 from 00:00 to 06:59 UTC
    "weekend": Kind(time=True),  # 1 on Saturday and Sunday
    "count": _HISTORY,
    "sum": _OF_COLUMN,
    "mean": _OF_COLUMN,
    "max": _OF_COLUMN,
    "min": _OF_COLUMN,
    "std": _OF_COLUMN,  # of the population
    "distinct": _OF_COLUMN,
    "ratio": _OF_COLUMN,  # this event's number / mean of those before it
    "since_last": _HISTORY,  # seconds
    "first_seen": Kind(entity=True),  # 1 where the entity has never been seen
    "age": Kind(entity=True),  # seconds since the entity's first event, 0 for the first
    "delayed_count": _DELAYED,
    "delayed_frauds": _DELAYED,
    "delayed_share": _DELAYED,  # frauds / count
    "linked": Kind(window=True, column=True, through=True),  # others that share an identity
    "linked_frauds": Kind(window=True, column=True, through=True, delayed=True),
}
"""`linked`: how many other values of the column (customers) had an event in the window with the same
value of at least one of the entities in `through`. `linked_frauds`: how many known frauds these had
there, each event once."""
CURRENT = ("count", "sum", "mean", "max", "min", "std", "distinct")
"""Kinds that heed `with_current`."""


@dataclass(frozen=True)
class Feature:
    """One feature.

    Attributes:
        name: letters, digits and underscores; unique in its set.
        kind: one of `KINDS`.
        entity: whose history; empty for features of the event alone.
        column: what is summed, counted, compared or read.
        window_s: seconds, 60 to 90 days.
        with_current: whether the event itself counts.
        categories: for `is` the one value, for `code` the values in the order of their codes.
        through: for `linked` kinds, the entities that link (a device, a card, an address).
    """

    name: str
    kind: str
    entity: Entity = ()
    column: str | None = None
    window_s: int | None = None
    with_current: bool = True
    categories: tuple[str, ...] = ()
    through: tuple[Entity, ...] = ()

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Every entity whose state this feature needs."""
        return self.through or ((self.entity,) if self.entity else ())

    def spec(self) -> dict[str, Any]:
        """Return the JSON form, without what has its default."""
        spec: dict[str, Any] = {"name": self.name, "kind": self.kind}
        if self.entity:
            spec["entity"] = list(self.entity)
        if self.column is not None:
            spec["column"] = self.column
        if self.window_s is not None:
            spec["window_s"] = self.window_s
        if not self.with_current:
            spec["with_current"] = False
        if self.categories:
            spec["categories"] = list(self.categories)
        if self.through:
            spec["through"] = [list(each) for each in self.through]
        return spec
