"""The other operations: scores, similar items, search, histories, titles, attributes.

Shapes: N items, K answers, M items to score.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.recommendation.engine.inputs import limit, text, texts
from apps.recommendation.engine.predictor import asking, reasons, tastes
from apps.recommendation.engine.predictor.asking import MAX_K, MAX_SCORED, MAX_USERS
from apps.recommendation.engine.predictor.shelf import Shelf
from apps.recommendation.engine.predictor.tastes import POPULAR
from ml.recommendation.attributes import Column, Texts
from ml.recommendation.data import Floats, Ints
from ml.recommendation.topn import best
from ml.runtime.predictor import PredictionInputError, Tensors, bytes_array

Outputs = dict[str, NDArray[Any]]
MOST_VALUES = 50


def score(shelf: Shelf, inputs: Tensors) -> Outputs:
    """Return the scores of given items for one user; NaN for an unknown item."""
    names = texts(inputs, "user", 1)
    numbers_M = shelf.numbers(texts(inputs, "item", MAX_SCORED))
    liked = tastes.of(shelf, names, asking.recent(inputs, 1))
    scores_N = np.append(liked.scores()[0], np.float32(np.nan))
    return {"scores": scores_N[numbers_M], "known": liked.known != POPULAR}


def similar(shelf: Shelf, inputs: Tensors) -> Outputs:
    """Return the items most like each given one."""
    numbers = shelf.numbers(texts(inputs, "item", MAX_USERS))
    k = limit(inputs, MAX_K)
    items_MK = np.full((len(numbers), k), -1, dtype=np.int64)
    scores_MK = np.full((len(numbers), k), np.nan, dtype=np.float32)
    for row in np.flatnonzero(numbers >= 0):
        likeness_N = _likeness(shelf, int(numbers[row]))
        likeness_N[numbers[row]] = -np.inf
        found = best(likeness_N, min(k, len(likeness_N)))
        items_MK[row, : len(found)] = found
        scores_MK[row, : len(found)] = likeness_N[found]
    named = {"items": shelf.named(items_MK), "titles": shelf.titles(items_MK)}
    return {**named, "scores": scores_MK, "known": numbers >= 0}


def search(shelf: Shelf, inputs: Tensors) -> Outputs:
    """Return users or items whose id or title contains a text; new items come last."""
    kind = text(inputs, "kind", "item")
    if kind not in shelf.base.searched:
        raise PredictionInputError("The input 'kind' must be 'user' or 'item'.")
    wanted, k = text(inputs, "prefix", ""), limit(inputs, MAX_K)
    index = shelf.base.searched[kind]
    found = np.array(index.find(wanted, k), dtype=np.int64)
    if kind == "user":
        names = [shelf.base.catalogue.user_ids[user] for user in found.tolist()]
        titles = bytes_array([""] * len(names))
        return {"ids": bytes_array(names), "counts": index.counts_N[found], "titles": titles}
    new = new_items(shelf, wanted)[: k - len(found)]
    both = np.concatenate([found, np.array(new, dtype=np.int64)])
    counts = np.concatenate([index.counts_N[found], np.zeros(len(new), dtype=np.int64)])
    return {"ids": shelf.named(both), "counts": counts, "titles": shelf.titles(both)}


def history(shelf: Shelf, inputs: Tensors) -> Outputs:
    """Return what one user touched in training, latest first."""
    user, k = texts(inputs, "user", 1), limit(inputs, MAX_K)
    touched = tastes.of(shelf, user, [[]]).history.indices[::-1][:k].astype(np.int64)
    return {"items": shelf.named(touched), "titles": shelf.titles(touched)}


def titles(shelf: Shelf, inputs: Tensors) -> Outputs:
    """Return titles of given items, and whether they are known, and were already in training."""
    numbers_M = shelf.numbers(texts(inputs, "item", MAX_SCORED))
    trained_M = (numbers_M >= 0) & (numbers_M < shelf.base.n)
    return {"titles": shelf.titles(numbers_M), "known": numbers_M >= 0, "trained": trained_M}


def attributes(shelf: Shelf, inputs: Tensors) -> Outputs:
    """Return what filters and rules may ask for: a JSON list of names, kinds, and values or ranges."""
    known = shelf.values().columns
    listed = [
        {"name": name, "kind": kind, **(_described(known[name]) if name in known else {})}
        for name, kind in shelf.attributes().items()
    ]
    return {"attributes": bytes_array([reasons.as_json(listed)])}


def _likeness(shelf: Shelf, item: int) -> Floats:
    """Return how alike all N items are to one; a new item is the mixture of its parts on both sides."""
    model = shelf.base.model
    if item < shelf.base.n:
        likeness_1I = model.similarities(np.array([item], dtype=np.int64)).copy()
        return np.asarray(shelf.extended(likeness_1I)[0], dtype=np.float32)
    parts, values = shelf.mixtures[shelf.names[item - shelf.base.n]]
    if not len(parts):
        return np.full(shelf.n, -np.inf, dtype=np.float32)
    mixed_1I = np.asarray((values @ model.similarities(parts))[None], dtype=np.float32)
    return np.asarray(shelf.extended(mixed_1I)[0], dtype=np.float32)


def new_items(shelf: Shelf, wanted: str) -> list[int]:
    """Return the items told since training whose id or title contains a text."""
    sought = wanted.lower().strip()
    return [
        number
        for name, number in shelf.new.items()
        if sought in name.lower()
        or sought in str(shelf.told[name].attributes.get("title", "")).lower()
    ]


def _described(column: Column) -> dict[str, Any]:
    if isinstance(column, Texts):
        counts: Ints = np.bincount(column.codes, minlength=len(column.vocabulary))
        often = np.argsort(-counts, kind="stable")[:MOST_VALUES]
        return {"values": [column.vocabulary[code] for code in often], "distinct": len(counts)}
    known = column.values[column.present()]
    return {"least": float(known.min()), "most": float(known.max())} if len(known) else {}
