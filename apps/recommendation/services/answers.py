"""What predictions hand back: the runtime's tensors as plain values."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any


@dataclass(frozen=True)
class Suggestion:
    """One item with its score; `title` is empty where no item table was given."""

    item: str
    score: float
    title: str = ""


@dataclass(frozen=True)
class Recommendations:
    """The best items for one user, best first.

    Attributes:
        known: False when nothing is known of the user, so that the items are the most popular.
        model_version: number of the version that answered.
    """

    user: str
    known: bool
    items: Sequence[Suggestion]
    model_version: str


@dataclass(frozen=True)
class Scores:
    """Scores in the order of the items asked for; None for an item the model does not know."""

    user: str
    known: bool
    scores: Sequence[float | None]
    model_version: str


@dataclass(frozen=True)
class SimilarItems:
    """The items most like one item, best first."""

    item: str
    items: Sequence[Suggestion]
    model_version: str


@dataclass(frozen=True)
class Found:
    """A user or an item as a list shows it; `count` is its number of interactions, where asked for."""

    id: str
    title: str = ""
    count: int = 0


def text(value: bytes | str) -> str:
    """Return a BYTES element as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def suggestions(
    items: Iterable[bytes], scores: Iterable[float], titles: Iterable[bytes]
) -> list[Suggestion]:
    """Return one row of an answer without its padding."""
    return [
        Suggestion(text(item), float(score), text(title))
        for item, score, title in zip(items, scores, titles, strict=True)
        if not math.isnan(score)
    ]


def rows(outputs: Any) -> list[list[Suggestion]]:
    """Return every row of an `items`, `scores`, `titles` answer."""
    blank = [[b""] * len(row) for row in outputs["items"]]
    titles = outputs.get("titles", blank)
    return [
        suggestions(*row) for row in zip(outputs["items"], outputs["scores"], titles, strict=True)
    ]


def found(ids: Iterable[Any], titles: Iterable[Any], counts: Iterable[Any] = ()) -> list[Found]:
    """Return parallel flat tensors as a list, without padding."""
    rows = zip_longest(_flat(ids), _flat(titles), _flat(counts))
    return [Found(text(i), text(title or b""), int(count or 0)) for i, title, count in rows if i]


def _flat(values: Any) -> list[Any]:
    return list(values.ravel().tolist() if hasattr(values, "ravel") else values)
