"""What a block of people like: their vectors or scores, what they touched, and how that is known.

Shapes: B people, I known items, N all items, D numbers of a vector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from apps.recommendation.engine.predictor.shelf import Shelf
from ml.recommendation import attributes
from ml.recommendation.contract import VectorRecommender
from ml.recommendation.data import Floats, Ints

POPULAR, TRAINED, RECENT, ALIKE = range(4)
"""How a taste is known: not at all, from training, from choices since, from people like them."""


@dataclass(frozen=True)
class Tastes:
    """Of one block of people.

    Attributes:
        known: int8 (B,), one of the four ways.
        history: what each touched among the known items, sparse (B, I), as `fold_in` takes it.
        seen: for each, the numbers of all items they touched, new ones too.
        values: float32, vectors (B, D) where the model has them, else scores (B, I); rows of POPULAR
            mean nothing.
    """

    shelf: Shelf
    known: NDArray[np.int8]
    history: sp.csr_matrix
    seen: Sequence[Ints]
    values: Floats

    def scores(self) -> Floats:
        """Return the score of every item, float32 (B, N), for the caller to change."""
        base = self.shelf.base
        scores_BI = self.values if base.vectors is None else self.values @ base.vectors.T
        scores_BI[self.known == POPULAR] = base.popularity_I
        return self.shelf.extended(scores_BI)


def of(
    shelf: Shelf,
    names: Sequence[str],
    recent: Sequence[Sequence[str]],
    told: Sequence[Mapping[str, Any]] = (),
) -> Tastes:
    """Return the tastes of people.

    Somebody trained on has a vector; whoever touched something since is folded in from all they touched; of
    others their attributes may be known; for the rest what is popular is the best guess.

    Args:
        shelf: the items.
        names: user ids.
        recent: for each the items touched since training, latest first; what the training data already
            holds of them is not counted again.
        told: for each their attributes; none where left out.
    """
    base = shelf.base
    codes = np.array([base.users.get(name, -1) for name in names], dtype=np.int64)
    fresh = [_fresh(shelf, int(code), items) for code, items in zip(codes, recent, strict=True)]
    known = np.where(codes >= 0, TRAINED, POPULAR).astype(np.int8)
    known[[bool((new < base.n).any()) for new in fresh]] = RECENT
    history = _histories(shelf, codes, fresh)
    mixed = _alike(shelf, names, known, told)
    values = _values(shelf, codes, known, history, mixed)
    return Tastes(shelf, known, history, _seen(history, fresh, base.n), values)


def _fresh(shelf: Shelf, code: int, recent: Sequence[str]) -> Ints:
    """Return what was touched since training and is not in its data, oldest first."""
    if not recent:
        return np.zeros(0, dtype=np.int64)
    numbers = shelf.numbers(list(dict.fromkeys(recent)))[::-1]
    numbers = numbers[numbers >= 0]
    if code < 0:
        return numbers
    stored = shelf.base.catalogue.history
    touched = stored.indices[stored.indptr[code] : stored.indptr[code + 1]]
    return numbers[~np.isin(numbers, touched)]


def _histories(shelf: Shelf, codes: Ints, fresh: Sequence[Ints]) -> sp.csr_matrix:
    """Return what was touched in training and since, sparse (B, I), the latest last."""
    stored = shelf.base.catalogue.history
    if (codes >= 0).all() and not any(len(new) for new in fresh):
        return stored[codes]
    rows = [_row(shelf, int(code), new) for code, new in zip(codes, fresh, strict=True)]
    starts = np.cumsum([0, *(len(items) for items, _ in rows)])
    items_M = np.concatenate([items for items, _ in rows])
    values_M = np.concatenate([values for _, values in rows])
    return sp.csr_matrix((values_M, items_M, starts), shape=(len(rows), stored.shape[1]))


def _row(shelf: Shelf, code: int, fresh: Ints) -> tuple[NDArray[np.int32], Floats]:
    stored, model = shelf.base.catalogue.history, shelf.base.model
    span = slice(stored.indptr[code], stored.indptr[code + 1]) if code >= 0 else slice(0, 0)
    old, values = stored.indices[span], stored.data[span]
    new = fresh[fresh < shelf.base.n].astype(np.int32)
    if model.history_is_ordered:
        added = np.arange(len(old) + 1, len(old) + len(new) + 1, dtype=np.float32)
    else:
        added = np.full(len(new), model.history_value, dtype=np.float32)
    return np.concatenate([old, new]), np.concatenate([values, added])


def _alike(
    shelf: Shelf,
    names: Sequence[str],
    known: NDArray[np.int8],
    told: Sequence[Mapping[str, Any]],
) -> dict[int, tuple[Ints, Floats]]:
    """Return place -> known people and weights, for those of whom only attributes are known."""
    base, found = shelf.base, {}
    kinds = base.catalogue.user_attributes.kinds()
    for place in np.flatnonzero(known == POPULAR).tolist() if kinds else ():
        trained = base.catalogue.new_users.get(names[place], {})
        said = {**trained, **(told[place] if told else {})}
        neighbours = base.alike_users.neighbours(attributes.from_rows([said], kinds), 0)
        if len(neighbours[0]):
            found[place] = neighbours
            known[place] = ALIKE
    return found


def _values(
    shelf: Shelf,
    codes: Ints,
    known: NDArray[np.int8],
    history: sp.csr_matrix,
    mixed: Mapping[int, tuple[Ints, Floats]],
) -> Floats:
    """Return the vectors or scores of the block, by the way each person is known."""
    model = shelf.base.model
    of_users, fold_in = model.scores, model.fold_in
    if isinstance(model, VectorRecommender):
        of_users, fold_in = model.user_vectors, model.fold_in_vectors
    trained, recent = known == TRAINED, known == RECENT
    if trained.all():
        return of_users(codes)
    width = model.n_items if shelf.base.vectors is None else shelf.base.vectors.shape[1]
    values = np.zeros((len(codes), width), dtype=np.float32)
    if trained.any():
        values[trained] = of_users(codes[trained])
    if recent.any():
        values[recent] = fold_in(history[recent])
    for place, (people, weights) in mixed.items():
        values[place] = weights @ of_users(people)
    return values


def _seen(history: sp.csr_matrix, fresh: Sequence[Ints], n_known: int) -> list[Ints]:
    items: Ints = history.indices.astype(np.int64)
    spans = zip(history.indptr[:-1], history.indptr[1:], strict=True)
    touched = [items[start:end] for start, end in spans]
    return [
        np.concatenate([old, new[new >= n_known]]) if (new >= n_known).any() else old
        for old, new in zip(touched, fresh, strict=True)
    ]
