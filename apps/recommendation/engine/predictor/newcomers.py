"""Where a new item stands among the known ones of a version, and attributes with newer ones over them.

Shapes: I known items, A told ones, N all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import scipy.sparse as sp

from apps.recommendation.engine.predictor.base import Base
from ml.recommendation import attributes, cold
from ml.recommendation.attributes import Texts
from ml.recommendation.data import Floats, Ints

Mixture = tuple[Ints, Floats]
"""Known items and their weights in a new one."""


@dataclass(frozen=True)
class Told:
    """What is known of an item besides the training data.

    Attributes:
        attributes: as a JSON object.
        touchers: (user, items they touched lately) of the latest who touched it.
        touches: how many did.
    """

    attributes: Mapping[str, Any] = field(default_factory=dict)
    touchers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    touches: int = 0


def place(base: Base, told: Told) -> Mixture:
    """Return the mixture of known items that a new item is served as; empty when nothing is known."""
    known = base.catalogue.item_attributes
    new = attributes.from_rows([told.attributes], known.kinds())
    alike = base.alike_items.neighbours(new, 0)
    together: Mixture = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
    if told.touchers:
        counts_I = base.counts_I.astype(np.float32)
        together = cold.touched_together(_histories(base, told), counts_I)
    touches = max(told.touches, len(told.touchers))
    weights_I = cold.mixture(alike, together, touches, base.n)
    parts = np.flatnonzero(weights_I)
    values = weights_I[parts]
    if base.vectors is not None and len(parts):
        vectors = base.vectors[parts]
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        values = values * np.float32(cold.lift(values, vectors @ vectors.T))
    return parts, values


def overlaid(column: Texts, told: Texts, numbers_A: Ints, n: int) -> Texts:
    """Return a column of N items where the told rows replace or follow the known ones."""
    if not len(numbers_A):
        return column
    vocabulary = list(dict.fromkeys(chain(column.vocabulary, told.vocabulary)))
    places = {value: at for at, value in enumerate(vocabulary)}
    renamed = np.array([places[value] for value in told.vocabulary], dtype=np.int32)
    replaced = np.zeros(n, dtype=bool)
    replaced[numbers_A] = True
    kept = ~replaced[column.rows]
    rows = np.concatenate([column.rows[kept], numbers_A[told.rows]])
    codes = np.concatenate([column.codes[kept], renamed[told.codes]])
    order = np.argsort(rows, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))])
    return Texts(vocabulary, starts, codes[order])


def _histories(base: Base, told: Told) -> sp.csr_matrix:
    """Return what those who touched an item have touched, in training and since, (B, I)."""
    stored = base.catalogue.history
    rows: list[Ints] = []
    for user, lately in told.touchers:
        code = base.users.get(user, -1)
        span = slice(stored.indptr[code], stored.indptr[code + 1]) if code >= 0 else slice(0, 0)
        since = np.array(
            [base.items[name] for name in lately if name in base.items], dtype=np.int64
        )
        rows.append(np.union1d(stored.indices[span].astype(np.int64), since))
    starts = np.cumsum([0, *(len(row) for row in rows)])
    items = np.concatenate([*rows, np.zeros(0, dtype=np.int64)])
    values = np.ones(len(items), dtype=np.float32)
    return sp.csr_matrix((values, items, starts), shape=(len(rows), base.n))
