"""Picks from a ranked pool: pins at their places, caps held, and as alike or as varied as asked.

Shapes: C items of the pool, K places of the answer, D numbers of a vector.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.recommendation.data import Floats, Ints
from ml.recommendation.rules import Cap

Likeness = Callable[[int], Floats]
"""Place in the pool -> how alike every item of the pool is to it, float32 (C,), 1 = the same."""


@dataclass(frozen=True)
class Pool:
    """The best items of one person, best first, the buried ones behind all others.

    Attributes:
        items: int64 (C,).
        scores: float32 (C,), adjusted by the rules.
        n_buried: how many at the end are buried.
        is_all: no other item may be answered.
    """

    items: Ints
    scores: Floats
    n_buried: int = 0
    is_all: bool = True


@dataclass(frozen=True)
class Wish:
    """How the answer is put together.

    Attributes:
        k: items wanted.
        pins: (position from 0, item); an item outside the pool is passed over.
        caps: at most so many of a kind.
        diversity: 0 = by score alone, 1 = by difference alone (MMR).
    """

    k: int
    pins: Sequence[tuple[int, int]] = ()
    caps: Sequence[Cap] = ()
    diversity: float = 0.0


def pick(pool: Pool, wish: Wish, likeness: Likeness | None = None) -> list[int] | None:
    """Return places in the pool, in the order of the answer.

    There are exactly min(k, C) of them when the pool is all there is and no strict cap stands against it.
    Caps that are not strict yield only when nothing else is left. Equal scores keep the pool's order.

    Returns:
        None when the pool is too small to say; a larger one is needed.

    Source of the dial: Carbonell & Goldstein 1998, maximal marginal relevance, with relevance scaled to
    [0, 1] within the pool.
    """
    pinned = _pinned(pool, wish)
    counter = _Counter(pool, wish.caps)
    for place in pinned.values():
        counter.count(place)
    wanted = min(wish.k, len(pool.items)) - len(pinned)
    order = _Order(pool, wish.diversity, likeness, list(pinned.values()))
    chosen = _fill(order, counter, wanted)
    if len(chosen) < wanted:
        if not pool.is_all:
            return None
        chosen += _relaxed(pool, counter, [*pinned.values(), *chosen], wanted - len(chosen))
    elif wanted + len(pinned) < wish.k and not pool.is_all:
        return None
    return _placed(pinned, chosen)


def _fill(order: "_Order", counter: "_Counter", wanted: int) -> list[int]:
    """Take the best that fits until there are enough."""
    chosen: list[int] = []
    while len(chosen) < wanted:
        place = order.next()
        if place is None:
            break
        if counter.fits(place):
            counter.count(place)
            order.chosen(place)
            chosen.append(place)
    return chosen


def _relaxed(pool: Pool, counter: "_Counter", taken: list[int], wanted: int) -> list[int]:
    """Return the best of what caps kept out, strict ones still held."""
    out = set(taken)
    found: list[int] = []
    for place in range(len(pool.items)):
        if len(found) == wanted:
            break
        if place not in out and counter.fits(place, strict_only=True):
            counter.count(place)
            found.append(place)
    return found


def _pinned(pool: Pool, wish: Wish) -> dict[int, int]:
    """Return position -> place in the pool of the pinned items that may be answered."""
    if not wish.pins:
        return {}
    places = {int(item): place for place, item in enumerate(pool.items.tolist())}
    found: dict[int, int] = {}
    counter = _Counter(pool, [cap for cap in wish.caps if cap.strict])
    for position, item in wish.pins:
        place = places.get(item)
        while position in found:
            position += 1  # noqa: PLW2901  (the next free one)
        if place is None or place in found.values() or not counter.fits(place):
            continue
        if position < wish.k:
            counter.count(place)
            found[position] = place
    return found


def _placed(pinned: dict[int, int], chosen: list[int]) -> list[int]:
    """Return pins at their positions and the chosen in between; no gaps where there are too few."""
    if not pinned:
        return chosen
    rest = iter(chosen)
    answer: list[int] = []
    for position in range(len(pinned) + len(chosen)):
        place = pinned[position] if position in pinned else next(rest, None)
        if place is not None:
            answer.append(place)
    late = [
        pinned[position] for position in sorted(pinned) if position >= len(pinned) + len(chosen)
    ]
    return answer + late


class _Counter:
    """How often each value of the capped attributes was taken."""

    def __init__(self, pool: Pool, caps: Sequence[Cap]) -> None:
        self._items = pool.items
        self._caps = [(cap, Counter[int]()) for cap in caps]

    def fits(self, place: int, *, strict_only: bool = False) -> bool:
        """Say whether the item stays within every cap."""
        item = int(self._items[place])
        return all(
            taken[int(code)] < cap.limit
            for cap, taken in self._caps
            if cap.strict or not strict_only
            for code in cap.column.of(item)
        )

    def count(self, place: int) -> None:
        """Take the item."""
        item = int(self._items[place])
        for cap, taken in self._caps:
            taken.update(cap.column.of(item).tolist())


class _Order:
    """Yields places of the pool: by score, or by score and difference from what was chosen."""

    def __init__(
        self, pool: Pool, diversity: float, likeness: Likeness | None, taken: list[int]
    ) -> None:
        self._left = np.ones(len(pool.items), dtype=bool)
        self._left[taken] = False
        self._at = 0
        self._likeness = likeness if diversity > 0 else None
        if self._likeness is None:
            return
        self._worth = (1 - diversity) * _relevance(pool)
        if pool.n_buried:
            self._worth[-pool.n_buried :] -= 4.0  # below anything relevance and likeness can reach
        self._weight = np.float32(diversity)
        self._nearest = np.full(len(pool.items), -1.0, dtype=np.float32)
        for place in taken:
            self.chosen(place)

    def next(self) -> int | None:
        """Return the next place, each once; None when all were seen."""
        if self._likeness is not None:
            return self._next_varied()
        while self._at < len(self._left) and not self._left[self._at]:
            self._at += 1
        if self._at == len(self._left):
            return None
        self._left[self._at] = False
        return self._at

    def chosen(self, place: int) -> None:
        """Remember what the next ones shall differ from."""
        if self._likeness is not None:
            np.maximum(self._nearest, self._likeness(place), out=self._nearest)

    def _next_varied(self) -> int | None:
        if not self._left.any():
            return None
        value = np.where(self._left, self._worth - self._weight * self._nearest, -np.inf)
        place = int(np.argmax(value))
        self._left[place] = False
        return place


def _relevance(pool: Pool) -> Floats:
    """Return the scores scaled to [0, 1]; all 1 when they are equal."""
    low, high = pool.scores.min(initial=np.inf), pool.scores.max(initial=-np.inf)
    if not high > low:
        return np.ones(len(pool.scores), dtype=np.float32)
    return np.asarray((pool.scores - low) / (high - low), dtype=np.float32)
