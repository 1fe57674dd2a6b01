"""Pairwise ranking by gradient steps (the `implicit` library): a seen item before an unseen one.

Users are vectors; newcomers too: their vector is a linear map of the mean of their items' vectors, the map
being the ridge regression of the trained users' vectors on the same means.

Shapes: U users, I items, D numbers of a vector (the last is the item bias), B histories.
Source: Rendle et al. 2009. One thread, because the library's threads race and then no seed repeats a model.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.progress import Progress, TrainingStoppedError
from ml.recommendation.contract import SILENT, Arrays
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions
from ml.recommendation.errors import ModelStateError
from ml.recommendation.factors import FactorRecommender, required, same_width
from ml.recommendation.feature_equations import ridge
from ml.recommendation.of_history import as_ones

RIDGE = 0.01  # of the map, x users: it only keeps the equations solvable


@dataclass(frozen=True)
class BprParams:
    """Settings of the library."""

    factors: int = 64
    learning_rate: float = 0.05
    regularisation: float = 0.01
    epochs: int = 100
    seed: int = 0


class Bpr(FactorRecommender):
    """Matrix factorisation trained to rank."""

    kind = "bpr"

    def __init__(self, params: BprParams = BprParams()) -> None:
        self.params = params

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Learn both sides' vectors; neither `features` nor ratings are used."""
        from implicit.cpu.bpr import BayesianPersonalizedRanking  # noqa: PLC0415  (only to fit)

        solver = BayesianPersonalizedRanking(
            factors=self.params.factors,
            learning_rate=self.params.learning_rate,
            regularization=self.params.regularisation,
            iterations=self.params.epochs,
            num_threads=1,
            random_state=self.params.seed,
        )
        seen_UI = interactions.seen()

        def report(epoch: int, *_figures: float) -> None:
            progress.update((epoch + 1) / self.params.epochs, f"Epoch {epoch + 1}")
            if progress.should_stop():
                raise TrainingStoppedError(f"Stopped after epoch {epoch + 1}.")

        solver.fit(seen_UI, show_progress=False, callback=report)
        items_ID, users_UD = solver.item_factors, solver.user_factors
        self._take(users_UD, items_ID, _map(_means(seen_UI, items_ID), users_UD))
        return self

    def fold_in_vectors(self, history_BI: sp.csr_matrix) -> Floats:
        """Map the mean of each history's item vectors; an empty history is only the bias."""
        vectors_BD = _means(history_BI, self.item_vectors_ID) @ self._map
        vectors_BD[:, -1] = 1.0
        return np.asarray(vectors_BD, dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the vectors and the map of newcomers."""
        users_UD, items_ID = self.vectors()
        return {"user_vectors": users_UD, "item_vectors": items_ID, "map": self._map}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model."""
        users_UD, items_ID, map_DD = (
            required(arrays, name, 2) for name in ("user_vectors", "item_vectors", "map")
        )
        same_width(users_UD, items_ID)
        if map_DD.shape != (items_ID.shape[1], items_ID.shape[1]):
            raise ModelStateError("The array 'map' does not fit the vectors.")
        model = cls(BprParams(factors=items_ID.shape[1] - 1))
        model._take(users_UD, items_ID, map_DD)
        return model

    def _take(self, users_UD: Floats, items_ID: Floats, map_DD: Floats) -> None:
        self._map = np.asarray(map_DD, dtype=np.float32)
        self.adopt(users_UD, items_ID, shared=(items_ID.shape[1] - 1,))


def _means(history_BI: sp.csr_matrix, items_ID: Floats) -> Floats:
    """Return the mean of each history's item vectors, with 1 in place of the bias, float32 (B, D)."""
    counts_B1 = np.maximum(np.diff(history_BI.indptr), 1.0)[:, None]
    means_BD = np.asarray(as_ones(history_BI) @ items_ID) / counts_B1
    means_BD[:, -1] = 1.0
    return np.asarray(means_BD, dtype=np.float32)


def _map(means_UD: Floats, users_UD: Floats) -> Floats:
    wide_UD = means_UD.astype(np.float64)
    left_DD, right_DD = wide_UD.T @ wide_UD, wide_UD.T @ users_UD
    scale = float(np.trace(left_DD)) / len(left_DD)
    return np.asarray(ridge(left_DD, right_DD, RIDGE * scale), dtype=np.float32)
