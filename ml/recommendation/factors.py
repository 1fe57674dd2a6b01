"""The common part of models whose score is a dot product of a user vector and an item vector.

Shapes: U users, I items, D numbers of a vector, B users or items of one request.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.recommendation.contract import Arrays, VectorRecommender
from ml.recommendation.data import Floats, Ints
from ml.recommendation.errors import ModelStateError, NotFittedError


class FactorRecommender(VectorRecommender):
    """Holds the vectors of both sides as tables, float32 (U, D) and (I, D)."""

    _users: Floats | None = None  # (U, D)
    _items: Floats | None = None  # (I, D)
    _shared_columns: tuple[int, ...] = ()
    _norms: Floats  # (I,)

    def adopt(self, users_UD: Floats, items_ID: Floats, shared: tuple[int, ...] = ()) -> None:
        """Take fitted vectors.

        Args:
            users_UD: float32.
            items_ID: float32.
            shared: columns that shift all items alike (biases) and say nothing of their likeness.
        """
        self._users = np.ascontiguousarray(users_UD, dtype=np.float32)
        self._items = np.ascontiguousarray(items_ID, dtype=np.float32)
        self._shared_columns = shared
        squares_I = np.einsum("id,id->i", self._items, self._items)
        for column in shared:
            squares_I -= self._items[:, column] ** 2
        self._norms = np.sqrt(np.maximum(squares_I, 1e-12))

    @property
    def item_vectors_ID(self) -> Floats:  # noqa: N802 (carries its shape, as array names do)
        """The items' table."""
        return self.vectors()[1]

    def user_vectors(self, users_B: Ints) -> Floats:
        """Return rows of the users' table."""
        return np.asarray(self.vectors()[0][users_B], dtype=np.float32)

    def similarities(self, items_B: Ints) -> Floats:
        """Return the cosine between item vectors, shared columns left out."""
        _, items_ID = self.vectors()
        given_BD = items_ID[items_B] / self._norms[items_B, None]
        given_BD[:, list(self._shared_columns)] = 0.0
        return np.asarray((given_BD @ items_ID.T) / self._norms, dtype=np.float32)

    def vectors(self) -> tuple[Floats, Floats]:
        """Return the user and item vectors.

        Raises:
            NotFittedError: there are none yet.
        """
        if self._users is None or self._items is None:
            raise NotFittedError("The model has not been fitted.")
        return self._users, self._items

    @property
    def n_users(self) -> int:
        """Users the model was fitted on."""
        return len(self.vectors()[0])


def required(arrays: Arrays, name: str, ndim: int) -> NDArray[Any]:
    """Return one stored array.

    Raises:
        ModelStateError: it is missing or has another number of axes.
    """
    if name not in arrays or arrays[name].ndim != ndim:
        raise ModelStateError(f"The stored model lacks the array {name!r} with {ndim} axes.")
    return arrays[name]


def same_width(users_UD: Floats, items_ID: Floats) -> None:
    """Raise ModelStateError unless both sides have vectors of one length."""
    if users_UD.shape[1] != items_ID.shape[1]:
        raise ModelStateError(
            f"User vectors have {users_UD.shape[1]} numbers, item vectors {items_ID.shape[1]}."
        )
