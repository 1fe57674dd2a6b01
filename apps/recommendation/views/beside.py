"""Two lists of suggestions side by side, what moved marked."""

from collections.abc import Sequence
from typing import Any

from apps.recommendation.services import Suggestion
from apps.recommendation.views import showing


def beside(lists: Sequence[Sequence[Suggestion]]) -> list[list[dict[str, Any]]]:
    """Return the lists as columns of rows: suggestion, reason, and how it moved from the first list.

    `moved` is `new` (not in the first list), `up`, `down`, or nothing; `by` the number of places.
    """
    first = {each.item: place for place, each in enumerate(lists[0])}
    return [
        [_row(each, place, first if number else {}) for place, each in enumerate(listed)]
        for number, listed in enumerate(lists)
    ]


def _row(each: Suggestion, place: int, first: dict[str, int]) -> dict[str, Any]:
    moved, by = "", 0
    if first:
        before = first.get(each.item)
        by = 0 if before is None else before - place
        moved = "new" if before is None else "up" if by > 0 else "down" if by < 0 else ""
    return {
        "suggestion": each,
        "reason": showing.reason(each.reason),
        "moved": moved,
        "by": abs(by),
    }
