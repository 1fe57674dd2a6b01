"""What predictions hand back: the runtime's tensors as plain values."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any


@dataclass(frozen=True)
class LikedItem:
    """Something the user liked that speaks for an answer; `share` of all that does, 0..1."""

    item: str
    title: str
    share: float


@dataclass(frozen=True)
class Reason:
    """Why an item is answered.

    Attributes:
        because: `history` (see `items`), `alike_people` (the user's attributes) or `popular`.
        items: what speaks for it most, strongest first.
        pinned: a rule put it in its place.
    """

    because: str
    items: Sequence[LikedItem] = ()
    pinned: bool = False


@dataclass(frozen=True)
class Suggestion:
    """One item with its score; `title` is empty where no item table was given."""

    item: str
    score: float
    title: str = ""
    reason: Reason | None = None


@dataclass(frozen=True)
class Recommendations:
    """The best items for one user, best first.

    Attributes:
        known: False when nothing is known of the user, so that the items are the most popular.
        model_version: number of the version that answered.
        alias: of the model that answered; empty when a version was asked for.
        notes: what could not be followed, in words: a rule about an attribute that is gone.
        recommendation_id: of this answer in a running experiment, else empty.
    """

    user: str
    known: bool
    items: Sequence[Suggestion]
    model_version: str
    alias: str = ""
    notes: Sequence[str] = ()
    recommendation_id: str = ""


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
    """Return every row of an `items`, `scores`, `titles` answer, with reasons where it has them."""
    blank = [[b""] * len(row) for row in outputs["items"]]
    titles = outputs.get("titles", blank)
    listed = [
        suggestions(*row) for row in zip(outputs["items"], outputs["scores"], titles, strict=True)
    ]
    if "reasons" not in outputs:
        return listed
    return [_explained(*pair) for pair in zip(listed, _flat(outputs["reasons"]), strict=True)]


def notes(outputs: Any) -> list[str]:
    """Return what the predictor could not follow, in words."""
    return list(json.loads(text(_flat(outputs["notes"])[0]))) if "notes" in outputs else []


def _explained(row: list[Suggestion], told: bytes | str) -> list[Suggestion]:
    pairs = zip(row, json.loads(text(told)), strict=True)
    return [replace(suggestion, reason=_reason(why)) for suggestion, why in pairs]


def _reason(why: dict[str, Any]) -> Reason:
    liked = tuple(LikedItem(**each) for each in why["items"])
    return Reason(why["because"], liked, why.get("pinned", False))


def found(ids: Iterable[Any], titles: Iterable[Any], counts: Iterable[Any] = ()) -> list[Found]:
    """Return parallel flat tensors as a list, without padding."""
    rows = zip_longest(_flat(ids), _flat(titles), _flat(counts))
    return [Found(text(i), text(title or b""), int(count or 0)) for i, title, count in rows if i]


def _flat(values: Any) -> list[Any]:
    return list(values.ravel().tolist() if hasattr(values, "ravel") else values)
