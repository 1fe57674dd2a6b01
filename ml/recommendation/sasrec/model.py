"""The sequential recommender behind the common contract.

The score of an item is its vector times the state of the network after the latest items, plus its bias (the
last coordinate). Trained by torch, served by ONNX Runtime.

Shapes: U users, I items, D width, B histories.
"""

from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.progress import Progress
from ml.recommendation.contract import SILENT, Arrays
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions
from ml.recommendation.errors import ModelStateError, NotFittedError
from ml.recommendation.factors import FactorRecommender, required, same_width
from ml.recommendation.sasrec import encoder
from ml.recommendation.sasrec.params import SasRecParams
from ml.recommendation.sasrec.sequences import ordered_history, sequences


class SasRec(FactorRecommender):
    """Predicts the next item by self-attention over the latest ones."""

    kind = "sasrec"
    history_is_ordered = True

    def __init__(self, params: SasRecParams | None = None) -> None:
        self.params = params or SasRecParams()
        self.epochs_used = 0
        self._encoder: encoder.Encoder | None = None
        self._network = np.zeros(0, dtype=np.uint8)

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Learn from sequences; `features` are not used.

        With `params.validation` every user's last item chooses the epoch and is not learned from, but is
        part of the history that the user's vector is computed of.
        """
        from ml.recommendation.sasrec import export, train  # noqa: PLC0415  (torch, only to fit)

        history_UI = self.history(interactions)
        rows = sequences(history_UI)
        rest, validation = train.pick(rows, self.params.seed)
        if not self.params.validation:
            rest, validation = rows, None
        trainer = train.Trainer(rest, interactions.n_items, self.params, progress)
        trainer.run(validation)
        self.epochs_used = trainer.rounds.best_epoch
        items, bias, start = (trainer.rounds.best[name] for name in ("items", "item_bias", "start"))
        self._take(export.network(trainer.net), np.hstack([items, bias[:, None]]), start)
        users_UD = self.fold_in_vectors(history_UI)
        self.adopt(users_UD, self._items_ID, shared=(self.params.width,))
        return self

    def history(self, interactions: Interactions) -> sp.csr_matrix:
        """Return every user's items with values 1 to H, oldest first."""
        return ordered_history(interactions)

    def fold_in_vectors(self, history_BI: sp.csr_matrix) -> Floats:
        """Return the network's state after each history, with 1 for the bias."""
        if self._encoder is None:
            raise NotFittedError("The model has not been fitted.")
        states_BD = self._encoder(history_BI)
        return np.hstack([states_BD, np.ones((len(states_BD), 1), dtype=np.float32)])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return vectors of both sides, the start and the network."""
        users_UD, items_ID = self.vectors()
        return {
            "user_vectors": users_UD,
            "item_vectors": items_ID,
            "start": self._start_D,
            "network": self._network,
            "length": np.array([self.params.length], dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model."""
        users_UD, items_ID = (required(arrays, f"{side}_vectors", 2) for side in ("user", "item"))
        start_D, raw, length_1 = (
            required(arrays, name, 1) for name in ("start", "network", "length")
        )
        same_width(users_UD, items_ID)
        if len(length_1) != 1:
            raise ModelStateError("The array 'length' must hold one number.")
        width, length = items_ID.shape[1] - 1, int(length_1[0])
        model = cls(SasRecParams(width=width, heads=1, length=length))
        model._take(raw, items_ID, start_D)
        model.adopt(users_UD, items_ID, shared=(width,))
        return model

    def _take(self, raw: NDArray[Any], items_ID: Floats, start_D: Floats) -> None:
        """Hold the item vectors (their last coordinate is the bias) and the network that reads them."""
        self._items_ID = np.ascontiguousarray(items_ID, dtype=np.float32)
        self._network, self._start_D = raw, start_D
        self._encoder = encoder.load(raw, self._items_ID[:, :-1], start_D, self.params.length)
