"""The one contract of every recommender.

A model implements the abstract methods; the rest is common. The conformance test
(tests/ml/recommendation/conformance.py) is run against every model.

Shapes: U users, I items, B users of one request, K answers.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.progress import Progress, SilentProgress
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions, Ints
from ml.recommendation.topn import top_n

Arrays = Mapping[str, NDArray[Any]]
SILENT: Progress = SilentProgress()


class Recommender(ABC):
    """Scores every item for users; larger is better. Thread-safe once fitted."""

    kind: ClassVar[str]

    @abstractmethod
    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Learn; the same interactions, parameters and seed give the same model.

        Raises:
            RecommendationDataError: the data cannot be learned from.
            TrainingStoppedError: `progress.should_stop()` became true.
        """

    def history(self, interactions: Interactions) -> sp.csr_matrix:
        """Return what `fold_in` wants to know of every user, (U, I); a seen pair is never 0."""
        return interactions.seen()

    @property
    def history_value(self) -> float:
        """The value `fold_in` expects of an item of which only the choice is known."""
        return 1.0

    @abstractmethod
    def scores(self, users_B: Ints) -> Floats:
        """Return the score of every item for known users, float32 (B, I)."""

    @abstractmethod
    def fold_in(self, history_BI: sp.csr_matrix) -> Floats:
        """Return the score of every item for people known only by a history, float32 (B, I).

        Args:
            history_BI: sparse (B, I); the values are ratings, or 1 for models of choice.
        """

    @abstractmethod
    def similarities(self, items_B: Ints) -> Floats:
        """Return how alike every item is to each given one, float32 (B, I), 1 = the same."""

    @abstractmethod
    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the learned state as named arrays (float32, int64)."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model.

        Raises:
            ModelStateError: arrays are missing or do not fit together.
        """

    @property
    @abstractmethod
    def n_users(self) -> int:
        """Users the model was fitted on."""

    @property
    @abstractmethod
    def n_items(self) -> int:
        """Items the model was fitted on."""

    def score(self, users_N: Ints, items_N: Ints) -> Floats:
        """Return the score of given pairs, float32 (N,)."""
        users_B, row_N = np.unique(users_N, return_inverse=True)
        return self.scores(users_B)[row_N, items_N]

    def recommend(
        self, users_B: Ints, k: int, seen_BI: sp.csr_matrix | None = None
    ) -> tuple[Ints, Floats]:
        """Return the k best items of known users, best first, without those in `seen_BI`.

        Returns:
            items int64 (B, k), padded with -1; scores float32 (B, k), padded with NaN.
        """
        return top_n(self.scores(users_B), k, seen_BI)

    def recommend_for_history(self, history_BI: sp.csr_matrix, k: int) -> tuple[Ints, Floats]:
        """Return the k best items for people known only by a history, without that history."""
        return top_n(self.fold_in(history_BI), k, history_BI)

    def similar(self, items_B: Ints, k: int) -> tuple[Ints, Floats]:
        """Return the k items most like each given one, itself left out; shapes as `recommend`."""
        rows_B = np.arange(len(items_B))
        itself_BI = sp.csr_matrix(
            (np.ones(len(items_B), dtype=np.float32), (rows_B, items_B)),
            shape=(len(items_B), self.n_items),
        )
        return top_n(self.similarities(items_B), k, itself_BI)
