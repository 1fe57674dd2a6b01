"""The baselines: everybody gets what most people chose, ever or of late.

Shapes: U users, I items, B users of one request.
"""

from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.progress import Progress
from ml.recommendation.contract import SILENT, Arrays, Recommender
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions, Ints
from ml.recommendation.errors import NotFittedError
from ml.recommendation.factors import required

HALF_LIFE = 0.1


class Popularity(Recommender):
    """Scores an item by the share of users who touched it."""

    kind = "popularity"

    def __init__(self) -> None:
        self.shares_I: Floats | None = None
        self.users = 0

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Count; `features` are not used."""
        self.shares_I = self._counts(interactions) / np.float32(interactions.n_users)
        self.users = interactions.n_users
        progress.update(1.0, "Counted")
        return self

    def scores(self, users_B: Ints) -> Floats:
        """Return the same scores for everybody."""
        return np.tile(self._shares(), (len(users_B), 1))

    def fold_in(self, history_BI: sp.csr_matrix) -> Floats:
        """Return the same scores for every history."""
        return np.tile(self._shares(), (history_BI.shape[0], 1))

    def similarities(self, items_B: Ints) -> Floats:
        """Return 1 for the same popularity, less the more it differs (as a ratio)."""
        shares_I = self._shares()
        floor = np.float32(0.5 / max(self.users, 1))
        logs_I = np.log(shares_I + floor)
        return np.asarray(np.exp(-np.abs(logs_I[items_B][:, None] - logs_I)), dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the shares and the number of users."""
        return {"shares": self._shares(), "users": np.array([self.users], dtype=np.int64)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model."""
        model = cls()
        model.shares_I = required(arrays, "shares", 1)
        model.users = int(required(arrays, "users", 1)[0])
        return model

    @property
    def n_users(self) -> int:
        """Users the model was fitted on."""
        return self.users

    @property
    def n_items(self) -> int:
        """Items the model was fitted on."""
        return len(self._shares())

    def _counts(self, interactions: Interactions) -> Floats:
        return interactions.item_counts()

    def _shares(self) -> Floats:
        if self.shares_I is None:
            raise NotFittedError("The model has not been fitted.")
        return self.shares_I


class Recency(Popularity):
    """Scores an item by the share of users who touched it, where what is old counts less.

    A choice counts half when it is `HALF_LIFE` of the whole span of time old (of the rows, when there are
    no times), a quarter at twice that age.
    """

    kind = "recency"

    def _counts(self, interactions: Interactions) -> Floats:
        times_N = interactions.times
        if times_N is None:
            times_N = np.arange(len(interactions), dtype=np.float64)
        known_N = np.where(np.isfinite(times_N), times_N, np.nan)  # unknown times are -inf
        newest, oldest = np.nanmax(known_N), np.nanmin(known_N)
        ages_N = np.nan_to_num((newest - known_N) / max(newest - oldest, 1e-9), nan=1.0)
        weights_N = 0.5 ** (ages_N / HALF_LIFE)
        counts_I = np.bincount(interactions.items, weights_N, minlength=interactions.n_items)
        return counts_I.astype(np.float32)
