"""Answers requests of a loaded recommender: recommend, score, similar, search, history, titles.

Shapes: U users, I items, N users or items of a request, M items to score, K answers.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from apps.recommendation.engine import packing
from apps.recommendation.engine.inputs import flag, limit, text, texts
from apps.recommendation.engine.search import TextIndex
from ml.common.bundle import Bundle
from ml.recommendation.data import Floats, Ints
from ml.recommendation.topn import top_n
from ml.runtime.predictor import PredictionInputError, Tensors, bytes_array

Outputs = dict[str, NDArray[Any]]
MAX_USERS = 1_000
MAX_SCORED = 100_000
MAX_K = 1_000
MAX_HISTORY = 10_000
BLOCK_BYTES = 64 * 2**20  # of scores at a time, so that a large batch stays within memory


class RecommendationPredictor:
    """A recommender in memory; nothing changes after loading, so threads need no lock."""

    def __init__(self, bundle: Bundle) -> None:
        self.manifest = bundle.manifest
        self.model, self.catalogue = packing.unpack(bundle)
        self.users = {name: index for index, name in enumerate(self.catalogue.user_ids)}
        self.items = {name: index for index, name in enumerate(self.catalogue.item_ids)}
        self.item_bytes_I = np.append(bytes_array(list(self.catalogue.item_ids)), b"")
        history = self.catalogue.history
        counts_I = np.bincount(history.indices, minlength=history.shape[1]).astype(np.int64)
        self.popularity_I = (counts_I / max(history.shape[0], 1)).astype(np.float32)
        self.indexes = {
            "user": TextIndex(self.catalogue.user_ids, np.diff(history.indptr).astype(np.int64)),
            "item": TextIndex(self._item_texts(), counts_I),
        }
        self.title_bytes_I = bytes_array([*self._titles(), ""])
        self._size = 3 * bundle.size_bytes  # arrays, strings and the search text
        self.operations: dict[str, Callable[[Tensors], Outputs]] = {
            "recommend": self._recommend,
            "score": self._score,
            "similar": self._similar,
            "search": self._search,
            "history": self._history_of,
            "titles": self._titles_of,
        }

    @property
    def size_bytes(self) -> int:
        """Memory the loaded model holds, about."""
        return self._size

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> Outputs:
        """Return the outputs of one operation, named by `parameters["operation"]`.

        Raises:
            PredictionInputError: unknown operation, or an input that is missing or malformed.
        """
        operation = parameters.get("operation", "recommend")
        if not isinstance(operation, str) or operation not in self.operations:
            raise PredictionInputError(
                f"The operation {str(operation)[:40]!r} is not one of {', '.join(self.operations)}."
            )
        return self.operations[operation](inputs)

    def _recommend(self, inputs: Tensors) -> Outputs:
        names = texts(inputs, "user", MAX_USERS)
        k = limit(inputs, MAX_K)
        exclude = flag(inputs, "exclude_seen", default=True)
        recent = self._recent(inputs, len(names))
        items_NK = np.full((len(names), k), -1, dtype=np.int64)
        scores_NK = np.full((len(names), k), np.nan, dtype=np.float32)
        known_N = np.zeros(len(names), dtype=bool)
        block = max(1, BLOCK_BYTES // (4 * self.model.n_items))
        for start in range(0, len(names), block):
            part = slice(start, start + block)
            scores_BI, known_N[part], seen_BI = self._scores(names[part], recent[part])
            found = top_n(scores_BI, k, seen_BI if exclude else None)
            items_NK[part], scores_NK[part] = found
        return {**self._named(items_NK), "scores": scores_NK, "known": known_N}

    def _score(self, inputs: Tensors) -> Outputs:
        names = texts(inputs, "user", 1)
        wanted = [self.items.get(name, -1) for name in texts(inputs, "item", MAX_SCORED)]
        scores_1I, known_1, _ = self._scores(names, self._recent(inputs, 1))
        padded_I = np.append(scores_1I[0], np.float32(np.nan))
        return {"scores": padded_I[np.array(wanted, dtype=np.int64)], "known": known_1}

    def _similar(self, inputs: Tensors) -> Outputs:
        names = texts(inputs, "item", MAX_USERS)
        k = limit(inputs, MAX_K)
        codes_N = np.array([self.items.get(name, -1) for name in names], dtype=np.int64)
        items_NK = np.full((len(names), k), -1, dtype=np.int64)
        scores_NK = np.full((len(names), k), np.nan, dtype=np.float32)
        for row in np.flatnonzero(codes_N >= 0):
            items_NK[row : row + 1], scores_NK[row : row + 1] = self.model.similar(
                codes_N[row : row + 1], k
            )
        return {**self._named(items_NK), "scores": scores_NK, "known": codes_N >= 0}

    def _search(self, inputs: Tensors) -> Outputs:
        kind = text(inputs, "kind", "item")
        if kind not in self.indexes:
            raise PredictionInputError("The input 'kind' must be 'user' or 'item'.")
        index = self.indexes[kind]
        found = index.find(text(inputs, "prefix", ""), limit(inputs, MAX_K))
        names = self.catalogue.user_ids if kind == "user" else self.catalogue.item_ids
        entries = np.array(found, dtype=np.int64)
        return {
            "ids": bytes_array([names[entry] for entry in found]),
            "counts": index.counts_N[entries],
            "titles": self.title_bytes_I[entries if kind == "item" else np.full(len(found), -1)],
        }

    def _history_of(self, inputs: Tensors) -> Outputs:
        """Return what one user touched in training, latest first."""
        code = self.users.get(texts(inputs, "user", 1)[0], -1)
        touched_H, _ = self._history(code, [])
        return self._named(touched_H[::-1][: limit(inputs, MAX_K)])

    def _titles_of(self, inputs: Tensors) -> Outputs:
        """Return the titles of given items; nothing for an item that is not known."""
        names = texts(inputs, "item", MAX_SCORED)
        codes_N = np.array([self.items.get(name, -1) for name in names], dtype=np.int64)
        return {"titles": self.title_bytes_I[codes_N], "known": codes_N >= 0}

    def _named(self, items: Ints | NDArray[np.int32]) -> Outputs:
        """Return ids and titles of item numbers; -1 is nothing."""
        return {"items": self.item_bytes_I[items], "titles": self.title_bytes_I[items]}

    def _scores(
        self, names: list[str], recent: list[list[int]]
    ) -> tuple[Floats, NDArray[np.bool_], sp.csr_matrix]:
        """Return scores of every item, whether they are personal, and what each has touched.

        A user of the training without recent items has a vector; anybody with recent items is folded
        in from all they touched; for everybody else what is popular is the best guess.
        """
        codes_N = np.array([self.users.get(name, -1) for name in names], dtype=np.int64)
        has_recent_N = np.array([bool(items) for items in recent])
        history_NI = self._histories(codes_N, recent)
        scores_NI = np.empty((len(names), self.model.n_items), dtype=np.float32)
        plain_N = (codes_N >= 0) & ~has_recent_N
        if plain_N.all():
            return self.model.scores(codes_N), plain_N, history_NI
        scores_NI[plain_N] = self.model.scores(codes_N[plain_N])
        if has_recent_N.any():
            scores_NI[has_recent_N] = self.model.fold_in(history_NI[has_recent_N])
        scores_NI[~plain_N & ~has_recent_N] = self.popularity_I
        return scores_NI, plain_N | has_recent_N, history_NI

    def _histories(self, codes_N: Ints, recent: list[list[int]]) -> sp.csr_matrix:
        """Return what was touched in training and since, sparse (N, I)."""
        stored = self.catalogue.history
        if (codes_N >= 0).all() and not any(recent):
            return stored[codes_N]
        rows = [
            self._history(int(code), items) for code, items in zip(codes_N, recent, strict=True)
        ]
        starts = np.cumsum([0, *(len(items) for items, _ in rows)])
        items_M = np.concatenate([items for items, _ in rows])
        values_M = np.concatenate([values for _, values in rows])
        return sp.csr_matrix((values_M, items_M, starts), shape=(len(rows), stored.shape[1]))

    def _history(self, code: int, recent: list[int]) -> tuple[NDArray[np.int32], Floats]:
        stored = self.catalogue.history
        span = slice(stored.indptr[code], stored.indptr[code + 1]) if code >= 0 else slice(0, 0)
        old_H, values_H = stored.indices[span], stored.data[span]
        new = np.setdiff1d(np.array(recent, dtype=np.int32), old_H)
        liked = np.full(len(new), self.model.history_value, dtype=np.float32)
        return np.concatenate([old_H, new]), np.concatenate([values_H, liked])

    def _recent(self, inputs: Tensors, n: int) -> list[list[int]]:
        """Return the known items of each JSON list in `history`; none when it was not sent."""
        if "history" not in inputs:
            return [[] for _ in range(n)]
        raw = texts(inputs, "history", MAX_USERS)
        if len(raw) != n:
            raise PredictionInputError(
                f"The input 'history' has {len(raw)} lists for {n} users; send one each."
            )
        return [self._known_items(each) for each in raw]

    def _known_items(self, raw: str) -> list[int]:
        try:
            names = json.loads(raw) if raw else []
        except (ValueError, RecursionError) as error:
            raise PredictionInputError("The input 'history' must hold JSON lists.") from error
        if not isinstance(names, list) or len(names) > MAX_HISTORY:
            raise PredictionInputError(
                f"The input 'history' must hold JSON lists of at most {MAX_HISTORY} item ids."
            )
        return [self.items[name] for name in map(str, names) if name in self.items]

    def _titles(self) -> list[str]:
        return list(self.catalogue.titles) or [""] * len(self.catalogue.item_ids)

    def _item_texts(self) -> list[str]:
        pairs = zip(self._titles(), self.catalogue.item_ids, strict=True)
        return [f"{title} {name}" if title else name for title, name in pairs]
