"""The one contract of every recommender.

A model implements the abstract methods; the rest is common. The conformance test
(tests/ml/recommendation/conformance.py) is run against every model. What is served is arrays:
no model needs torch once it is fitted.

Shapes: U users, I items, D numbers of a vector, B users of one request, K answers or items asked about,
H items of one history.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.progress import Progress, SilentProgress
from ml.recommendation import leave_one_out
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions, Ints
from ml.recommendation.topn import top_n

Arrays = Mapping[str, NDArray[Any]]
SILENT: Progress = SilentProgress()


class Recommender(ABC):
    """Scores every item for users; larger is better. Thread-safe once fitted."""

    kind: ClassVar[str]
    history_is_ordered: bool = False
    """True: the values of a history are 1 to H in order of time (only their order counts)."""

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
            history_BI: sparse (B, I); the values are ratings, 1 for models of choice, or places in
                time when `history_is_ordered`.
        """

    def contributions(self, history_1I: sp.csr_matrix, items_K: Ints) -> Floats:
        """Return how much each item of one history adds to the score of each item, float32 (K, H).

        The columns follow `history_1I.indices`. Here: the drop in score when that item is left out; only
        the `leave_one_out.MOST` latest (the last ones stored, or the largest values when
        ordered) are tried, older ones count 0. Models with a closed form override it.
        """
        return leave_one_out.contributions(
            self.fold_in, history_1I, items_K, ordered=self.history_is_ordered
        )

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


class VectorRecommender(Recommender):
    """A model whose score is the dot product of a user vector and an item vector.

    Biases are a coordinate of their own, so that an index over the item vectors ranks as the model does.
    """

    @property
    @abstractmethod
    def item_vectors_ID(self) -> Floats:  # noqa: N802 (carries its shape, as array names do)
        """Vectors of all items, float32 (I, D), contiguous.

        Raises:
            NotFittedError: there are none yet.
        """

    @abstractmethod
    def user_vectors(self, users_B: Ints) -> Floats:
        """Return the vectors of known users, float32 (B, D)."""

    @abstractmethod
    def fold_in_vectors(self, history_BI: sp.csr_matrix) -> Floats:
        """Return vectors of people known only by a history, float32 (B, D); see `fold_in`."""

    def scores(self, users_B: Ints) -> Floats:
        """Return user vector . item vector for every item."""
        return np.asarray(self.user_vectors(users_B) @ self.item_vectors_ID.T, dtype=np.float32)

    def score(self, users_N: Ints, items_N: Ints) -> Floats:
        """Return the score of given pairs without scoring the rest."""
        users_B, row_N = np.unique(users_N, return_inverse=True)
        users_ND, items_ND = self.user_vectors(users_B)[row_N], self.item_vectors_ID[items_N]
        scores_N: Floats = np.einsum("nd,nd->n", users_ND, items_ND)
        return scores_N

    def fold_in(self, history_BI: sp.csr_matrix) -> Floats:
        """Return the dot product of the folded-in vectors and every item."""
        vectors_BD = self.fold_in_vectors(history_BI)
        return np.asarray(vectors_BD @ self.item_vectors_ID.T, dtype=np.float32)

    @property
    def n_items(self) -> int:
        """Items the model was fitted on."""
        return len(self.item_vectors_ID)
