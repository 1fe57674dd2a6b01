"""Item-item regression in closed form: each item's column is predicted from all the others.

    B = I - P diag(1 / diag P),  P = (X'WX + penalty)^-1

The penalty is regularisation x mean interactions per item, plus dropout / (1 - dropout) x the item's own
count, the closed form of randomly hidden inputs. W weighs users by (their interactions / the
mean)^-user_power: those who touch everything say less about each pair.

Shapes: U users, I items, B histories, H items of one history, K items asked about.
Source: Steck 2019 (EASE, eq. 8) and Steck 2020 (EDLAE, eq. 9, full rank).
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import lapack

from ml.common.progress import Progress, TrainingStoppedError
from ml.recommendation.contract import SILENT, Arrays
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions, Ints
from ml.recommendation.errors import CatalogueTooLargeError, ModelStateError
from ml.recommendation.factors import required
from ml.recommendation.of_history import HistoryRecommender, as_ones

MEMORY_MIB = (
    1024  # of the float32 item-by-item matrix: 16,384 items; the fit holds it once and a block
)
BLOCK_ITEMS = 512


@dataclass(frozen=True)
class EaseParams:
    """Settings; the defaults were chosen on train-internal cuts (see README.md)."""

    regularisation: float = 1.1
    dropout: float = 0.5
    user_power: float = 0.5
    memory_mib: int = MEMORY_MIB


def fits(n_items: int, memory_mib: float) -> bool:
    """True when the item-by-item matrix stays within so much memory."""
    return 4 * n_items**2 <= memory_mib * 2**20


class Ease(HistoryRecommender):
    """Scores an item by what its regression on everything else a person touched says."""

    kind = "ease"

    def __init__(self, params: EaseParams = EaseParams()) -> None:
        self.params = params
        self._weights = np.zeros((0, 0), dtype=np.float32)  # (I, I): what row i adds to column k

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Invert the penalised item-item matrix; neither `features` nor ratings are used.

        Raises:
            CatalogueTooLargeError: the matrix would exceed `params.memory_mib`.
        """
        if not fits(interactions.n_items, self.params.memory_mib):
            raise CatalogueTooLargeError(
                f"{interactions.n_items} items need an item-by-item matrix of "
                f"{4 * interactions.n_items**2 / 2**20:.0f} MiB; the bound is "
                f"{self.params.memory_mib} MiB. Train another model, for instance the graph filter."
            )
        seen_UI = interactions.seen()
        gram_II = self._gram(seen_UI, progress)
        inverse_II = _inverted(gram_II)
        _stop_if_asked(progress)
        inverse_II /= -np.diag(inverse_II)
        np.fill_diagonal(inverse_II, 0.0)
        self._weights, self._seen = inverse_II, seen_UI
        progress.update(1.0, "Solved")
        return self

    def fold_in(self, history_BI: sp.csr_matrix) -> Floats:
        """Return history times weights."""
        self.seen()
        return np.asarray(as_ones(history_BI) @ self._weights, dtype=np.float32)

    def contributions(self, history_1I: sp.csr_matrix, items_K: Ints) -> Floats:
        """Return the weights themselves, which sum over the history to the score."""
        return np.ascontiguousarray(self._weights[np.ix_(history_1I.indices, items_K)].T)

    def similarities(self, items_B: Ints) -> Floats:
        """Return partial correlations: sign(B_ij) sqrt(B_ij B_ji), 1 for the item itself."""
        self.seen()
        rows_BI, columns_BI = self._weights[items_B], self._weights[:, items_B].T
        found_BI = np.sign(rows_BI) * np.sqrt(np.abs(rows_BI * columns_BI))
        found_BI[np.arange(len(items_B)), items_B] = 1.0
        return np.asarray(found_BI, dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the weights and the histories."""
        return {"weights": self._weights, **self.seen_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model."""
        weights_II = required(arrays, "weights", 2)
        if weights_II.shape[0] != weights_II.shape[1]:
            raise ModelStateError("The array 'weights' must be square.")
        model = cls()
        model._weights = weights_II
        model.take_seen(arrays, len(weights_II))
        return model

    def _gram(self, seen_UI: sp.csr_matrix, progress: Progress) -> Floats:
        """Return X'WX + penalty, dense and in Fortran order, block by block."""
        counts_U = np.maximum(np.diff(seen_UI.indptr), 1.0)
        weights_U = (counts_U / counts_U.mean()) ** -self.params.user_power
        weighed_IU = sp.csr_matrix((sp.diags_array(weights_U.astype(np.float32)) @ seen_UI).T)
        n_items = seen_UI.shape[1]
        gram_II = np.empty((n_items, n_items), dtype=np.float32, order="F")
        for start in range(0, n_items, BLOCK_ITEMS):
            block = slice(start, start + BLOCK_ITEMS)
            gram_II[:, block] = (weighed_IU[block] @ seen_UI).toarray().T
            progress.update(0.5 * start / n_items, "Counted pairs of items")
            _stop_if_asked(progress)
        own_I = np.diag(gram_II).copy()
        mean = max(float(own_I.mean()), 1e-6)
        dropped_I = self.params.dropout / (1.0 - self.params.dropout) * own_I
        # an item nobody touched, and no penalty: keep the matrix invertible
        penalty_I = np.maximum(self.params.regularisation * mean + dropped_I, 1e-3 * mean)
        np.fill_diagonal(gram_II, own_I + penalty_I)
        return gram_II


def _inverted(matrix_II: Floats) -> Floats:
    """Return the inverse of a symmetric positive definite matrix, in its own memory."""
    factor_II, failed = lapack.spotrf(matrix_II, lower=False, overwrite_a=True)
    if not failed:
        inverse_II, failed = lapack.spotri(factor_II, lower=False, overwrite_c=True)
    if failed:
        raise ModelStateError("The item-item matrix is singular: raise the regularisation.")
    for start in range(0, len(inverse_II), BLOCK_ITEMS):  # LAPACK fills the upper half
        rows = slice(start, start + BLOCK_ITEMS)
        inverse_II[rows, : rows.start] = inverse_II[: rows.start, rows].T
        square = inverse_II[rows, rows]
        inverse_II[rows, rows] = np.triu(square) + np.triu(square, 1).T
    return np.asarray(inverse_II)


def _stop_if_asked(progress: Progress) -> None:
    if progress.should_stop():
        raise TrainingStoppedError("Stopped while the item-item matrix was solved.")
