"""Places new items and new people among known ones, for any model.

A new item is a weighted mixture of known items: those with alike attributes, and those that the people
who touched it have touched. As every model's scores are then mixed the same way, nothing is retrained.
A new person is served like the known people with alike attributes.

Shapes: N known items or people, A new ones, V values of a text attribute, I items, B histories.
"""

from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.recommendation.attributes import Attributes, Column, Numbers, Texts
from ml.recommendation.data import Floats, Ints

NEIGHBOURS = 50
EVENTS_FOR_HALF = 3.0  # people who touched a new item until they count as much as its attributes
MAX_LIFT = 3.0


class Alike:
    """Finds known items or people whose attributes are most like new ones."""

    def __init__(self, known: Attributes) -> None:
        self.known = known

    def neighbours(self, new: Attributes, row: int, k: int = NEIGHBOURS) -> tuple[Ints, Floats]:
        """Return up to k known ones and their weights, which sum to 1; none without common attributes.

        Every attribute both sides have counts alike: texts by the cosine of their values, rare ones
        weighing more; numbers by exp(-(difference / deviation)^2).
        """
        likeness_N = np.zeros(self.known.n, dtype=np.float32)
        for name, column in new.columns.items():
            if name in self._sides and column.present()[row]:
                likeness_N += self._sides[name].of(column, row)
        return strongest(likeness_N, k)

    @cached_property
    def _sides(self) -> dict[str, "_TextSide | _NumberSide"]:
        sides: dict[str, _TextSide | _NumberSide] = {}
        for name, column in self.known.columns.items():
            sides[name] = _TextSide(column) if isinstance(column, Texts) else _NumberSide(column)
        return sides


def strongest(weights_N: Floats, k: int) -> tuple[Ints, Floats]:
    """Return the k largest positive weights, scaled to sum 1, and where they are."""
    size = min(k, len(weights_N))
    top = np.argpartition(-weights_N, size - 1)[:size] if size else np.zeros(0, dtype=np.int64)
    top = np.sort(top[weights_N[top] > 0])
    found = weights_N[top]
    return top, np.asarray(found / max(float(found.sum()), 1e-9), dtype=np.float32)


def touched_together(histories_BI: sp.csr_matrix, counts_I: Floats) -> tuple[Ints, Floats]:
    """Return the items that the people of these histories share most, as `strongest` does.

    A person with a long history says less of each item, and so does an item everybody touches.
    """
    sizes_B = np.maximum(np.diff(histories_BI.indptr), 1)
    shares_M = np.repeat(1.0 / np.sqrt(sizes_B), np.diff(histories_BI.indptr))
    sums_I = np.bincount(histories_BI.indices, shares_M, minlength=histories_BI.shape[1])
    return strongest((sums_I / np.sqrt(np.maximum(counts_I, 1.0))).astype(np.float32), NEIGHBOURS)


def mixture(
    alike: tuple[Ints, Floats], together: tuple[Ints, Floats], touches: int, n_items: int
) -> Floats:
    """Return the weights of a new item over all items, float32 (I,), sum 1; zeros when nothing is known."""
    weights_I = np.zeros(n_items, dtype=np.float32)
    trust = touches / (touches + EVENTS_FOR_HALF) if len(together[0]) else 0.0
    trust = 1.0 if not len(alike[0]) and len(together[0]) else trust
    weights_I[alike[0]] += np.float32(1.0 - trust) * alike[1]
    weights_I[together[0]] += np.float32(trust) * together[1]
    return weights_I


def lift(weights_H: Floats, likeness_HH: Floats) -> float:
    """Return the factor that gives a mixture the length of its parts, at most MAX_LIFT.

    A mean of vectors is shorter than they are, so a new item would lose to each item it is made of.

    Args:
        weights_H: of the H parts.
        likeness_HH: cosines between them.
    """
    length = float(weights_H @ np.clip(likeness_HH, -1.0, 1.0) @ weights_H)
    return float(np.clip(1.0 / np.sqrt(max(length, 1e-6)), 1.0, MAX_LIFT))


class _TextSide:
    """Cosine of the values, weighted by how rare they are."""

    def __init__(self, column: Texts) -> None:
        self._places = column.places
        counts_V = np.bincount(column.codes, minlength=len(column.vocabulary))
        self._rarity_V = np.log1p(len(column) / np.maximum(counts_V, 1.0)).astype(np.float32)
        values_M = self._rarity_V[column.codes]
        shape = (len(column), len(column.vocabulary))
        known_NV = sp.csr_matrix((values_M, column.codes, column.starts), shape=shape)
        lengths_N = np.sqrt(np.asarray(known_NV.multiply(known_NV).sum(axis=1)).ravel())
        scale_N = 1.0 / np.maximum(lengths_N, 1e-6)
        self._by_value_VN = sp.csr_matrix((sp.diags_array(scale_N) @ known_NV).T)

    def of(self, column: Column, row: int) -> Floats:
        """Return the likeness of every known one, float32 (N,)."""
        assert isinstance(column, Texts)  # noqa: S101  (new ones are read in the known kinds)
        names = [column.vocabulary[code] for code in column.of(row)]
        places = [self._places[name] for name in names if name in self._places]
        if not places:
            return np.zeros(self._by_value_VN.shape[1], dtype=np.float32)
        weights_P = self._rarity_V[places]
        strange = len(names) - len(places)  # values nobody else has are as rare as can be
        length = np.sqrt(np.square(weights_P).sum() + strange * self._rarity_V.max() ** 2)
        found_N = self._by_value_VN[places].T @ (weights_P / length)
        return np.asarray(found_N, dtype=np.float32)


class _NumberSide:
    """Closeness in standard deviations."""

    def __init__(self, column: Numbers) -> None:
        known = column.values[np.isfinite(column.values)]
        self._deviation = float(known.std()) if len(known) and known.std() > 0 else 1.0
        self._values: NDArray[np.float64] = column.values

    def of(self, column: Column, row: int) -> Floats:
        """Return the likeness of every known one, float32 (N,)."""
        assert isinstance(column, Numbers)  # noqa: S101  (new ones are read in the known kinds)
        steps_N = (self._values - column.values[row]) / self._deviation
        closeness_N = np.nan_to_num(np.exp(-np.square(steps_N)), nan=0.0)
        return np.asarray(closeness_N, dtype=np.float32)
