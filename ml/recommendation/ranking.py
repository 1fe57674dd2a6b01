"""One person's answer: the best items that may be answered, put together as rules and dials ask.

Exactly min(k, eligible) items come out, whatever the rules (strict caps aside): a pool that turns out too
small is fetched again, larger, until it holds everything.

Shapes: I items, C items of a pool, K places of the answer, D numbers of a vector.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ml.recommendation.attributes import Mask
from ml.recommendation.data import Floats, Ints
from ml.recommendation.diversity import Likeness, Pool, Wish, pick
from ml.recommendation.index import ItemIndex
from ml.recommendation.rules import NO_RULES, Plan
from ml.recommendation.topn import best

SPREAD_SAMPLE = 10_000
POOL_OF_K = 8  # a pool for caps or diversity is this many times the answer ...
LEAST_POOL = 100  # ... and at least so large
LIKENESS_POOL = 1_000  # what diversity chooses from at most; more alike items lie far behind


@dataclass(frozen=True)
class Terms:
    """What an answer must keep to, the same for all persons of a request.

    Attributes:
        k: items wanted.
        allowed: bool (I,), None = all; the plan's hidden items are already out.
        plan: the rules.
        diversity: 0..1, see diversity.pick.
    """

    k: int
    allowed: Mask | None = None
    plan: Plan = NO_RULES
    diversity: float = 0.0

    @property
    def is_plain(self) -> bool:
        """True when the best scores are the answer."""
        return not self.plan.reorders and self.diversity == 0


class Source(Protocol):
    """Finds the best items that may be answered to one person."""

    def pool(self, size: int) -> Pool | None:
        """Return the best `size` items and the pinned ones; None when this source cannot tell."""


def answer(
    source: Source, terms: Terms, likeness: Callable[[Ints], Likeness]
) -> tuple[Ints, Floats] | None:
    """Return items and scores of one answer, best first; None when the source cannot tell.

    Args:
        source: of the items.
        terms: to keep to.
        likeness: gives, for the items of a pool, how alike they are (asked only for diversity).
    """
    wish = Wish(terms.k, terms.plan.pins, terms.plan.caps, terms.diversity)
    size = terms.k
    if terms.plan.caps or terms.diversity > 0:
        size = max(POOL_OF_K * terms.k, LEAST_POOL)
    if terms.diversity > 0:
        size = max(min(size, LIKENESS_POOL), 2 * terms.k)
    while (pool := source.pool(size)) is not None:
        places = pick(pool, wish, likeness(pool.items) if terms.diversity > 0 else None)
        if places is not None:
            return pool.items[places], pool.scores[places]
        size *= POOL_OF_K
    return None


class Scored:
    """All items with their scores."""

    def __init__(self, scores_I: Floats, seen: Ints, terms: Terms) -> None:
        """Adjust the scores in place.

        Args:
            scores_I: float32; NaN is never answered.
            seen: items to leave out.
            terms: of the answer.
        """
        plan = terms.plan
        if plan.boost is not None:
            scores_I += plan.boost * spread(scores_I)
        if terms.allowed is not None:
            np.putmask(scores_I, ~terms.allowed, -np.inf)
        scores_I[seen] = -np.inf
        self._scores_I = scores_I
        self._plan = plan
        self._pins = dict.fromkeys(item for place, item in plan.pins if place < terms.k)

    def pool(self, size: int) -> Pool:
        """See Source; knows everything."""
        front_I = self._scores_I
        buried = self._plan.buried
        if buried is not None:
            front_I = np.where(buried, np.float32(-np.inf), front_I)
        front = best(front_I, min(size, len(front_I)))
        back = np.zeros(0, dtype=np.int64)
        if buried is not None and len(front) < size:
            back_I = np.where(buried, self._scores_I, np.float32(-np.inf))
            back = best(back_I, min(size - len(front), len(back_I)))
        is_all = len(front) + len(back) < size or size >= len(front_I)
        front, back = self._with_pins(front, back)
        items = np.concatenate([front, back])
        return Pool(items, self._scores_I[items], len(back), is_all)

    def _with_pins(self, front: Ints, back: Ints) -> tuple[Ints, Ints]:
        """Add pinned items that the pool lacks."""
        got = {*front.tolist(), *back.tolist()}
        lacking = [
            item for item in self._pins if item not in got and self._scores_I[item] > -np.inf
        ]
        buried = self._plan.buried
        lifted = [item for item in lacking if buried is None or not buried[item]]
        lowered = [item for item in lacking if item not in lifted]
        return _joined(front, lifted), _joined(back, lowered)


class Indexed:
    """The best items through an index, and the exact scores of a few others beside."""

    def __init__(
        self, index: ItemIndex, query_D: Floats, seen: Ints, terms: Terms, extra: "Extra"
    ) -> None:
        self._index, self._query_D, self._seen = index, query_D, seen
        self._terms, self._extra = terms, extra

    def pool(self, size: int) -> Pool | None:
        """See Source; None where it finds fewer than asked for, though there may be more."""
        known = None if self._terms.allowed is None else self._terms.allowed[: self._extra.n_known]
        found, scores = self._index.search(self._query_D[None], size + len(self._seen), known)
        items = np.concatenate([found[0][found[0] >= 0], self._extra.items])
        raw = np.concatenate([scores[0][found[0] >= 0], self._extra.scores])
        items, first = np.unique(items, return_index=True)
        may = ~np.isin(items, self._seen)
        if self._terms.allowed is not None:
            may &= self._terms.allowed[items]
        items, raw = items[may], raw[first][may]
        if len(items) < size:
            return None
        if self._terms.plan.boost is not None:
            raw = raw + self._terms.plan.boost[items] * self._extra.spread
        order = best(raw, size)
        pins = [item for _, item in self._terms.plan.pins]
        kept = np.concatenate([order, np.setdiff1d(np.flatnonzero(np.isin(items, pins)), order)])
        return Pool(items[kept], raw[kept], is_all=False)


@dataclass(frozen=True)
class Extra:
    """Items that an index may not find among the best: boosted, pinned, told since training.

    Attributes:
        items, scores: of the same length.
        n_known: items the index is about.
        spread: of the person's scores.
    """

    items: Ints
    scores: Floats
    n_known: int
    spread: float


def spread(scores_I: Floats) -> float:
    """Return the standard deviation of a person's scores, from at most SPREAD_SAMPLE of them."""
    sample = scores_I[:: max(1, len(scores_I) // SPREAD_SAMPLE)]
    sample = sample[np.isfinite(sample)]
    found = float(sample.std()) if len(sample) else 0.0
    return found if found > 0 else 1.0


def _joined(items: Ints, more: list[int]) -> Ints:
    return np.concatenate([items, np.array(more, dtype=np.int64)]) if more else items
