"""The common part of models whose score is a function of a user's history alone.

They keep the histories of the training, so a known user is scored as a newcomer with that history is.

Shapes: U users, I items, B users of one request, N seen pairs.
"""

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.recommendation.contract import Arrays, Recommender
from ml.recommendation.data import Floats, Ints
from ml.recommendation.errors import ModelStateError, NotFittedError
from ml.recommendation.factors import required


class HistoryRecommender(Recommender):
    """Holds the seen pairs as a sparse matrix of ones (U, I)."""

    _seen: sp.csr_matrix | None = None

    def scores(self, users_B: Ints) -> Floats:
        """Return the scores of the users' own histories."""
        return self.fold_in(self.seen()[users_B])

    def seen(self) -> sp.csr_matrix:
        """Return who touched what in training.

        Raises:
            NotFittedError: nothing was fitted yet.
        """
        if self._seen is None:
            raise NotFittedError("The model has not been fitted.")
        return self._seen

    def seen_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the seen pairs as arrays."""
        seen_UI = self.seen()
        return {
            "seen_starts": seen_UI.indptr.astype(np.int64),
            "seen_items": seen_UI.indices.astype(np.int32),
        }

    def take_seen(self, arrays: Arrays, n_items: int) -> None:
        """Restore the seen pairs.

        Raises:
            ModelStateError: they are missing or damaged.
        """
        starts, items_N = required(arrays, "seen_starts", 1), required(arrays, "seen_items", 1)
        ones_N = np.ones(len(items_N), dtype=np.float32)
        try:
            seen_UI = sp.csr_matrix((ones_N, items_N, starts), shape=(len(starts) - 1, n_items))
            seen_UI.check_format(full_check=True)
        except ValueError as error:
            raise ModelStateError(f"The stored histories are damaged: {error}") from error
        self._seen = seen_UI

    @property
    def n_users(self) -> int:
        """Users the model was fitted on."""
        return int(self.seen().shape[0])

    @property
    def n_items(self) -> int:
        """Items the model was fitted on."""
        return int(self.seen().shape[1])


def as_ones(history_BI: sp.csr_matrix) -> sp.csr_matrix:
    """Return the history with every value 1: what was touched, not how."""
    ones_N = np.ones(history_BI.nnz, dtype=np.float32)
    return sp.csr_matrix((ones_N, history_BI.indices, history_BI.indptr), shape=history_BI.shape)
