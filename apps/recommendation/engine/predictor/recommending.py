"""The operation `recommend`: the best items for each of many people.

Shapes: U people, B of a block, K answers, N items.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.recommendation.engine.predictor import reasons, tastes
from apps.recommendation.engine.predictor.asking import Ask
from apps.recommendation.engine.predictor.shelf import Shelf
from apps.recommendation.engine.predictor.tastes import POPULAR, Tastes
from ml.recommendation.attributes import Mask
from ml.recommendation.data import Floats, Ints
from ml.recommendation.diversity import Likeness
from ml.recommendation.ranking import Extra, Indexed, Scored, Terms, answer, spread
from ml.runtime.predictor import bytes_array

Outputs = dict[str, NDArray[Any]]
BLOCK_BYTES = 64 * 2**20  # of scores at a time, so that a large batch stays within memory
LEAST_SHARE = 0.02  # of items allowed: below, scoring all of them beats searching the index
MAX_EXTRA = 20_000
MAX_SEEN = 2_000


def recommend(shelf: Shelf, ask: Ask) -> Outputs:
    """Return the outputs `items`, `titles`, `scores`, `known`; `reasons` and `notes` where there are any.

    Raises:
        PredictionInputError: a filter or a rule of the request is refused.
    """
    terms, notes = _terms(shelf, ask)
    n_users = len(ask.users)
    items_UK = np.full((n_users, ask.k), -1, dtype=np.int64)
    scores_UK = np.full((n_users, ask.k), np.nan, dtype=np.float32)
    known_U = np.zeros(n_users, dtype=bool)
    why: list[str] = []
    block = max(1, BLOCK_BYTES // (4 * shelf.n))
    for start in range(0, n_users, block):
        part = slice(start, start + block)
        liked = tastes.of(shelf, ask.users[part], ask.recent[part], ask.told[part])
        for place, found in enumerate(_Block(liked, terms, ask.exclude_seen).answers()):
            items, scores = found
            items_UK[start + place, : len(items)] = items
            scores_UK[start + place, : len(items)] = scores
            if ask.explain:
                why.append(reasons.told(liked, place, items, terms.plan))
        known_U[part] = liked.known != POPULAR
    told = {"items": shelf.named(items_UK), "titles": shelf.titles(items_UK)}
    if ask.explain:
        told["reasons"] = bytes_array(why)
    if notes:
        told["notes"] = bytes_array([reasons.as_json(list(notes))])
    return {**told, "scores": scores_UK, "known": known_U}


def _terms(shelf: Shelf, ask: Ask) -> tuple[Terms, tuple[str, ...]]:
    plan, notes = shelf.plan(ask.rules, ask.standing)
    allowed: Mask | None = shelf.mask(ask.filter) if ask.filter else None
    if plan.hidden is not None:
        allowed = ~plan.hidden if allowed is None else allowed & ~plan.hidden
    if ask.include is not None:
        listed = np.zeros(shelf.n + 1, dtype=bool)  # the last one takes the unknown
        listed[shelf.numbers(ask.include)] = True
        allowed = listed[:-1] if allowed is None else allowed & listed[:-1]
    if ask.exclude:
        kept = np.ones(shelf.n + 1, dtype=bool)
        kept[shelf.numbers(ask.exclude)] = False
        allowed = kept[:-1] if allowed is None else allowed & kept[:-1]
    return Terms(ask.k, allowed, plan, ask.diversity), notes


@dataclass(frozen=True)
class _Block:
    """One block of people, answered one after the other."""

    liked: Tastes
    terms: Terms
    exclude_seen: bool

    def answers(self) -> list[tuple[Ints, Floats]]:
        """Return items and scores of each."""
        if not self._may_search():
            scores_BN = self.liked.scores()
            return [self._scored(scores_BN[place], place) for place in range(len(scores_BN))]
        return [self._searched(place) for place in range(len(self.liked.known))]

    def _may_search(self) -> bool:
        """Say whether the index helps: there is one, enough is allowed, and no tiers are asked for."""
        terms, shelf = self.terms, self.liked.shelf
        if shelf.base.index is None or terms.plan.buried is not None:
            return False
        if terms.allowed is not None and terms.allowed.mean() < LEAST_SHARE:
            return False
        return terms.plan.boost is None or int(np.count_nonzero(terms.plan.boost)) <= MAX_EXTRA

    def _searched(self, place: int) -> tuple[Ints, Floats]:
        found = None
        seen = self._seen(place)
        if self.liked.known[place] != POPULAR and len(seen) <= MAX_SEEN:
            found = answer(self._indexed(place, seen), self.terms, self._likeness)
        return found or self._scored(self._one(place), place)

    def _scored(self, scores_N: Floats, place: int) -> tuple[Ints, Floats]:
        found = answer(Scored(scores_N, self._seen(place), self.terms), self.terms, self._likeness)
        assert found is not None, "all scores are known"  # noqa: S101
        return found

    def _indexed(self, place: int, seen: Ints) -> Indexed:
        shelf, plan = self.liked.shelf, self.terms.plan
        vectors, index = shelf.base.vectors, shelf.base.index
        assert vectors is not None and index is not None  # noqa: S101, PT018  (_may_search)
        query_D = self.liked.values[place]
        boosted = np.zeros(0, dtype=np.int64) if plan.boost is None else np.flatnonzero(plan.boost)
        pinned = np.array([item for _, item in plan.pins], dtype=np.int64)
        known = np.union1d(boosted, pinned)
        known = known[known < shelf.base.n]
        items = np.concatenate([known, np.arange(shelf.base.n, shelf.n)])
        scores = vectors[known] @ query_D
        if shelf.weights is not None:
            parts = np.unique(shelf.weights.indices)
            new = shelf.weights[:, parts] @ (vectors[parts] @ query_D)
            scores = np.concatenate([scores, new]).astype(np.float32)
        step = max(1, len(vectors) // 10_000)
        wide = spread(vectors[::step] @ query_D) if plan.boost is not None else 1.0
        return Indexed(index, query_D, seen, self.terms, Extra(items, scores, shelf.base.n, wide))

    def _one(self, place: int) -> Floats:
        """Return one person's scores of all items."""
        shelf = self.liked.shelf
        if self.liked.known[place] == POPULAR:
            return np.asarray(shelf.extended(shelf.base.popularity_I[None].copy())[0])
        assert shelf.base.vectors is not None  # noqa: S101  (_may_search)
        scores_1I = np.asarray(self.liked.values[place : place + 1] @ shelf.base.vectors.T)
        return np.asarray(shelf.extended(scores_1I)[0], dtype=np.float32)

    def _seen(self, place: int) -> Ints:
        if not self.exclude_seen:
            return np.zeros(0, dtype=np.int64)
        return self.liked.seen[place]

    def _likeness(self, pool: Ints) -> Likeness:
        return likeness(self.liked.shelf, pool)


def likeness(shelf: Shelf, pool: Ints) -> Callable[[int], Floats]:
    """Return how alike the items of a pool are; a new item counts as the known one most like it."""
    stand_ins = shelf.stand_ins[pool]
    vectors = shelf.base.vectors
    if vectors is None:
        return lambda place: _of_model(shelf, stand_ins, int(stand_ins[place]))
    pool_CD = vectors[stand_ins]
    pool_CD = pool_CD / np.maximum(np.linalg.norm(pool_CD, axis=1, keepdims=True), 1e-9)
    pool_CD[stand_ins < 0] = 0.0
    return lambda place: np.asarray(pool_CD @ pool_CD[place], dtype=np.float32)


def _of_model(shelf: Shelf, stand_ins: Ints, item: int) -> Floats:
    if item < 0:
        return np.zeros(len(stand_ins), dtype=np.float32)
    row = shelf.base.model.similarities(np.array([item], dtype=np.int64))[0]
    return np.asarray(np.where(stand_ins >= 0, row[stand_ins], 0.0), dtype=np.float32)
