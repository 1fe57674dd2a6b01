"""A filter on the graph of users and items, for large sparse catalogues: nothing is learned by steps.

With X~ = Du^-a X Di^-b (Du, Di: degrees) a history r is smoothed in two ways, each brought to deviation 1:

    linear  r X~' X~                       what people with shared items touched
    low     r Di^-b V V' Di^b              the leading `rank` right singular vectors V of X~

score = linear + low_weight x low, then `sharpen` x (score - score X~'X~) is added: what smoothing took away.

Shapes: U users, I items, R rank, B histories.
Source: Shen et al. 2021 (GF-CF), Choi et al. 2023 (BSPM); exponents other than 1/2 after Peng et al. 2024.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.progress import Progress, TrainingStoppedError
from ml.recommendation.contract import SILENT, Arrays
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions, Ints
from ml.recommendation.errors import ModelStateError
from ml.recommendation.factors import required
from ml.recommendation.of_history import HistoryRecommender, as_ones
from ml.recommendation.side import right_singular

BLOCK_ITEMS = 64  # of a history at a time, when each one's part is asked for


@dataclass(frozen=True)
class GraphFilterParams:
    """Settings; the defaults were chosen on train-internal cuts (see README.md)."""

    rank: int = 256
    user_power: float = 0.3
    item_power: float = 0.5
    low_weight: float = 0.3
    sharpen: float = 0.0


class GraphFilter(HistoryRecommender):
    """Scores items by a history spread over the graph."""

    kind = "graph_filter"

    def __init__(self, params: GraphFilterParams = GraphFilterParams()) -> None:
        self.params = params

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Scale the graph and find its leading vectors; neither `features` nor ratings are used."""
        self._seen = interactions.seen()
        self._scale()
        progress.update(0.1, "Scaled the graph")
        if progress.should_stop():
            raise TrainingStoppedError("Stopped before the singular vectors.")
        rank = max(1, min(self.params.rank, min(self._seen.shape) - 1))
        self._low = np.asarray(right_singular(self._scaled, rank, np.float32))
        self._largest = float(np.square(self._scaled @ self._low[:, 0]).sum())
        progress.update(1.0, "Found the leading vectors")
        return self

    def fold_in(self, history_BI: sp.csr_matrix) -> Floats:
        """Smooth the histories and sharpen the result."""
        self.seen()
        linear_BI, low_BI = self._smoothed(as_ones(history_BI))
        linear_BI /= _deviations(linear_BI)
        if self.params.low_weight:
            linear_BI += low_BI * (np.float32(self.params.low_weight) / _deviations(low_BI))
        return self._sharpened(linear_BI)

    def contributions(self, history_1I: sp.csr_matrix, items_K: Ints) -> Floats:
        """Return each item's own smoothed row in the unit of the whole history's score.

        The filter is linear but for the two deviations, so the columns sum to the score.
        """
        linear_1I, low_1I = self._smoothed(as_ones(history_1I))
        units = (1.0 / _deviations(linear_1I), self.params.low_weight / _deviations(low_1I))
        found_KH = np.empty((len(items_K), history_1I.nnz), dtype=np.float32)
        for start in range(0, history_1I.nnz, BLOCK_ITEMS):
            items_B = history_1I.indices[start : start + BLOCK_ITEMS].astype(np.int64)
            each_BI, low_BI = self._smoothed(_one_each(items_B, self.n_items))
            each_BI = each_BI * units[0] + low_BI * units[1]
            found_KH[:, start : start + BLOCK_ITEMS] = self._sharpened(each_BI)[:, items_K].T
        return found_KH

    def similarities(self, items_B: Ints) -> Floats:
        """Return the cosine between the items' users, each user weighed as in the graph."""
        self.seen()
        columns_IU = sp.csr_matrix(self._scaled.T)
        norms_I = np.sqrt(np.maximum(columns_IU.multiply(columns_IU).sum(axis=1), 1e-12))
        found_BI = (columns_IU[items_B] @ self._scaled).toarray()
        norms_I = np.asarray(norms_I).ravel()
        return np.asarray(found_BI / norms_I[items_B, None] / norms_I, dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the histories, the leading vectors and the settings of the filter."""
        settings = [
            self.params.user_power,
            self.params.item_power,
            self.params.low_weight,
            self.params.sharpen,
            self._largest,
        ]
        return {
            **self.seen_arrays(),
            "low": self._low,
            "settings": np.array(settings, dtype=np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model."""
        low_IR, settings = required(arrays, "low", 2), required(arrays, "settings", 1)
        if len(settings) != 5:
            raise ModelStateError("The array 'settings' must hold five numbers.")
        model = cls(GraphFilterParams(low_IR.shape[1], *(float(each) for each in settings[:4])))
        model.take_seen(arrays, len(low_IR))
        model._low, model._largest = low_IR, float(settings[4])
        model._scale()
        return model

    def _scale(self) -> None:
        seen_UI = self.seen()
        degrees_U = np.maximum(np.diff(seen_UI.indptr), 1.0)
        degrees_I = np.maximum(np.bincount(seen_UI.indices, minlength=seen_UI.shape[1]), 1.0)
        users = sp.diags_array((degrees_U**-self.params.user_power).astype(np.float32))
        self._item_scale = (degrees_I**-self.params.item_power).astype(np.float32)
        self._scale_items = sp.diags_array(self._item_scale)
        self._scaled = sp.csr_matrix(users @ seen_UI @ self._scale_items)

    def _smoothed(self, ones_BI: sp.csr_matrix) -> tuple[Floats, Floats]:
        """Return the linear and the low part, each float32 (B, I) in its own unit."""
        linear_BI = ((ones_BI @ self._scaled.T) @ self._scaled).toarray()
        inner_BR = np.asarray((ones_BI @ self._scale_items) @ self._low, dtype=np.float32)
        return linear_BI, np.asarray((inner_BR @ self._low.T) / self._item_scale)

    def _sharpened(self, scores_BI: Floats) -> Floats:
        """Return scores + sharpen x (scores - scores smoothed), where smoothing keeps the first vector."""
        if self.params.sharpen:
            blurred_BI = (self._scaled.T @ (self._scaled @ scores_BI.T)).T / self._largest
            scores_BI += np.float32(self.params.sharpen) * (scores_BI - blurred_BI)
        return np.asarray(scores_BI, dtype=np.float32)


def _deviations(scores_BI: Floats) -> Floats:
    """Return the deviation of each row, (B, 1); 1 where all scores are equal."""
    deviation_B1 = scores_BI.std(axis=1, keepdims=True)
    return np.where(deviation_B1 > 1e-12, deviation_B1, np.float32(1.0))


def _one_each(items_B: Ints, n_items: int) -> sp.csr_matrix:
    ones_B = np.ones(len(items_B), dtype=np.float32)
    return sp.csr_matrix((ones_B, (np.arange(len(items_B)), items_B)), (len(items_B), n_items))
