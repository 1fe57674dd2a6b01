"""Explicit matrix factorisation with features: y_ui = theta_u . Phi_i + theta_v . Phi_v.

Ratings are centred and scaled to deviation 1 before the fit, so one penalty serves stars and
percentages. Without ratings the seen pairs are 1 and sampled unseen pairs are 0. Equations:
feature_equations.py.

Shapes: N pairs, U users, I items, G item features, F user features, R spectral rank, B histories.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common import seeds
from ml.common.progress import Progress
from ml.recommendation import feature_equations as equations
from ml.recommendation import holdout, side
from ml.recommendation.contract import SILENT, Arrays
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions
from ml.recommendation.errors import EqualRatingsError, ModelStateError
from ml.recommendation.factors import FactorRecommender, required, same_width
from ml.recommendation.feature_pairs import Pairs, Schedule

NEGATIVES = 4  # sampled per seen pair, as in He et al. 2017
LIKED_QUANTILE = 0.75  # a new user's choice without a rating counts as this quantile of all ratings


@dataclass(frozen=True)
class FeatureMfParams:
    """Settings; `validation` is the share of rows that decides when to stop (0: run all epochs)."""

    epochs: int = 40
    learning_rate: float = 0.02
    batch_size: int = 8192
    regularisation: float = 0.1
    validation: float = 0.1
    seed: int = 0


class FeatureMf(FactorRecommender):
    """Predicts ratings from embeddings times the other side's features."""

    kind = "feature_mf"

    def __init__(self, params: FeatureMfParams = FeatureMfParams()) -> None:
        self.params = params
        self.centre, self.scale, self.liked, self.implicit = 0.0, 1.0, 1.0, False
        self.epochs_used = 0
        self.penalty = params.regularisation

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Learn both sides' embeddings; stops early on the validation RMSE."""
        from ml.recommendation.feature_train import Trainer  # noqa: PLC0415  (torch, only to fit)

        self._measure(interactions)
        sides = side.finish(features, interactions)
        cut = holdout.share(interactions, self.params.seed, self.params.validation)
        schedule = self._schedule(len(cut.train))
        trainer = Trainer(equations.Tables(sides.users, sides.items), schedule, self.params.seed)
        rng = seeds.generator(self.params.seed, "negatives")
        held_out = self._pairs(cut.held_out, rng) if len(cut.held_out) else None
        trainer.run(self._epochs(cut.train, rng), held_out, progress)
        self.epochs_used = trainer.best_epoch
        self._adopt(trainer.best, sides)
        return self

    def history(self, interactions: Interactions) -> sp.csr_matrix:
        """Return the rating of every seen pair (1 without ratings); a rating of 0 stays stored."""
        if interactions.ratings is None:
            return interactions.seen()
        shape = (interactions.n_users, interactions.n_items)
        pairs = (interactions.users, interactions.items)
        return sp.csr_matrix((interactions.ratings, pairs), shape=shape)

    @property
    def history_value(self) -> float:
        """A choice without a rating counts as a good rating."""
        return self.liked

    def fold_in_vectors(self, history_BI: sp.csr_matrix) -> Floats:
        """Solve each history's ridge problem for theta_u; the vector is (theta_u, Phi_u, 1)."""
        phi_BF = side.of_histories(history_BI, self.basis_IR, self.phi.users.shape[1])
        spans = zip(history_BI.indptr[:-1], history_BI.indptr[1:], strict=True)
        theta_BG = [
            self._theta(history_BI.indices[start:end], history_BI.data[start:end], phi_F)
            for (start, end), phi_F in zip(spans, phi_BF, strict=True)
        ]
        ones_B1 = np.ones((len(phi_BF), 1), dtype=np.float32)
        return np.asarray(np.hstack([np.stack(theta_BG), phi_BF, ones_B1]), dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return embeddings, features and constants."""
        self.vectors()
        constants = [self.centre, self.scale, self.liked, float(self.implicit), self.penalty]
        return {
            "theta_users": self.theta.users,
            "theta_items": self.theta.items,
            "phi_users": self.phi.users,
            "phi_items": self.phi.items,
            "basis": self.basis_IR,
            "constants": np.array(constants, dtype=np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model."""
        theta_users, theta_items, phi_users, phi_items, basis = (
            required(arrays, name, 2)
            for name in ("theta_users", "theta_items", "phi_users", "phi_items", "basis")
        )
        same_width(theta_users, phi_items)
        same_width(phi_users, theta_items)
        constants = [float(each) for each in required(arrays, "constants", 1)]
        if len(constants) != 5:
            raise ModelStateError("The array 'constants' must hold five numbers.")
        model = cls()
        model.centre, model.scale, model.liked, implicit, model.penalty = constants
        model.implicit = bool(implicit)
        theta = equations.Embeddings(theta_users, theta_items)
        model._adopt(theta, side.Sides(phi_users, phi_items, basis))
        return model

    def _measure(self, interactions: Interactions) -> None:
        """Take centre and scale of the ratings; refuse ratings that say nothing."""
        ratings_N = interactions.ratings
        self.implicit = ratings_N is None
        if ratings_N is None:
            self.centre, self.scale, self.liked = 0.0, 1.0, 1.0
            return
        self.centre, self.scale = float(ratings_N.mean()), float(ratings_N.std())
        self.liked = float(np.quantile(ratings_N, LIKED_QUANTILE))
        if float(ratings_N.max()) == float(ratings_N.min()):
            raise EqualRatingsError(
                f"All {len(ratings_N)} ratings are {self.centre:g}, so there is nothing to predict: "
                "train without the rating column to learn from the choices themselves."
            )

    def _schedule(self, rows: int) -> Schedule:
        rows *= 1 + NEGATIVES if self.implicit else 1
        return Schedule(
            epochs=self.params.epochs,
            learning_rate=self.params.learning_rate,
            batch_size=min(self.params.batch_size, max(rows // 20, 16)),
            regularisation=self.params.regularisation,
        )

    def _epochs(self, train: Interactions, rng: np.random.Generator) -> Iterator[Pairs]:
        for _ in range(self.params.epochs):
            yield self._pairs(train, rng)

    def _pairs(self, interactions: Interactions, rng: np.random.Generator) -> Pairs:
        """Return pairs with scaled targets; without ratings, fresh unseen pairs join with target 0."""
        users_N, items_N, ratings_N = interactions.users, interactions.items, interactions.ratings
        if ratings_N is not None:
            targets_N = ((ratings_N - self.centre) / self.scale).astype(np.float32)
            return Pairs(users_N, items_N, targets_N)
        users_M = np.repeat(users_N, NEGATIVES)
        items_M = rng.integers(0, interactions.n_items, len(users_M))
        keys_N = users_N * interactions.n_items + items_N
        unseen_M = ~np.isin(users_M * interactions.n_items + items_M, keys_N)
        users, items = users_M[unseen_M], items_M[unseen_M]
        targets = np.repeat(np.array([1, 0], dtype=np.float32), [len(users_N), len(users)])
        return Pairs(np.concatenate([users_N, users]), np.concatenate([items_N, items]), targets)

    def _adopt(self, theta: equations.Embeddings, sides: side.Sides) -> None:
        """Take the fitted parts and lay them out so that y is one dot product."""
        self.theta, self.phi, self.basis_IR = theta, sides, sides.basis
        ones_U1 = np.ones((len(sides.users), 1), dtype=np.float32)
        centre_I1 = np.full((len(sides.items), 1), self.centre, dtype=np.float32)
        by_item_ID = np.hstack([sides.items, theta.items]) * np.float32(self.scale)
        biases = (0, sides.items.shape[1], by_item_ID.shape[1])  # intercept, item bias, centre
        users_UD = np.hstack([theta.users, sides.users, ones_U1])
        self.adopt(users_UD, np.hstack([by_item_ID, centre_I1]), biases)
        self._gram_GG = sides.items.T.astype(np.float64) @ sides.items
        self._cross_GF = sides.items.T.astype(np.float64) @ theta.items

    def _theta(self, items_H: NDArray[np.int32], values_H: Floats, phi_F: Floats) -> Floats:
        """Return theta_u of one history, float32 (G,)."""
        if len(items_H) == 0:
            return np.zeros(self.phi.items.shape[1], dtype=np.float32)
        phi_HG = self.phi.items[items_H].astype(np.float64)
        of_items_H = self.theta.items[items_H] @ phi_F
        residual_H = (values_H - self.centre) / self.scale - of_items_H
        left_GG, right_G, weight = phi_HG.T @ phi_HG, phi_HG.T @ residual_H, float(len(items_H))
        if self.implicit:  # the sampled zeros of the training, in expectation
            zeros = NEGATIVES * len(items_H) / len(self.phi.items)
            left_GG = left_GG + zeros * self._gram_GG
            right_G = right_G - zeros * (self._cross_GF @ phi_F)
            weight *= 1 + NEGATIVES
        return equations.ridge(left_GG, right_G, self.penalty * weight).astype(np.float32)
