"""The two-tower recommender behind the common contract.

The score of an item is the dot product of both towers' answers plus the item's bias (the last coordinate).
People are known by what they touched, their id and their features, items by id and features; whatever is
missing is left out by the gates, so new people and new items need features only. Trained by torch, served
by ONNX Runtime.

Shapes: U users, I items, D width, B people or items of a call.
"""

from collections.abc import Mapping
from typing import Any, Self

import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.progress import Progress
from ml.recommendation import holdout
from ml.recommendation.contract import SILENT, Arrays
from ml.recommendation.data import NO_FEATURES, Features, Floats, Interactions
from ml.recommendation.errors import ModelStateError, NotFittedError
from ml.recommendation.factors import FactorRecommender, required, same_width
from ml.recommendation.two_tower import encoder, side
from ml.recommendation.two_tower.features import kinds_of
from ml.recommendation.two_tower.params import TwoTowerParams

MOST_VALIDATED = (
    5_000  # users; the standard error of the figure that picks the epoch is then below 0.004
)
NETWORKS = ("user_network", "item_network")


class TwoTower(FactorRecommender):
    """Two deep towers over ids, histories and any kinds of features."""

    kind = "two_tower"

    def __init__(self, params: TwoTowerParams | None = None) -> None:
        self.params = params or TwoTowerParams()
        self.epochs_used = 0
        self._encoder: encoder.Encoder | None = None
        self._networks: tuple[NDArray[Any], ...] = ()

    def fit(
        self,
        interactions: Interactions,
        features: Features = NO_FEATURES,
        progress: Progress = SILENT,
    ) -> Self:
        """Learn from interactions and features; `RichFeatures` bring texts and images.

        Items and users without interactions get their vectors from features alone.
        """
        from ml.recommendation.two_tower import export, train  # noqa: PLC0415  (torch, only to fit)

        features.check(interactions)
        kinds = kinds_of(features)
        sides = (side.learned(kinds[0]), side.learned(kinds[1]))
        tables = train.Tables(
            sides[0].read(kinds[0], interactions.n_users),
            sides[1].read(kinds[1], interactions.n_items),
            _widths(sides),
        )
        cut = self._cut(interactions)
        learned = cut.train if cut else interactions
        trainer = train.Trainer(learned, tables, self.params, progress)
        trainer.run(cut.held_out if cut else None)
        self.epochs_used = trainer.rounds.best_epoch
        networks = (export.network(trainer.net.of_users), export.network(trainer.net.of_items))
        self._take(networks, sides, trainer.rounds.best["past"])
        users_UD = trainer.user_vectors(interactions.seen())
        self.adopt(users_UD, trainer.item_vectors(), shared=(self.params.width,))
        return self

    def fold_in_vectors(self, history_BI: sp.csr_matrix) -> Floats:
        """Return vectors of people known only by what they touched."""
        return self.vectors_of_new_users({}, history_BI)

    def vectors_of_new_users(
        self, kinds: Mapping[str, Floats], history_BI: sp.csr_matrix | None = None
    ) -> Floats:
        """Return vectors of people who were not in the training, float32 (B, D + 1).

        Args:
            kinds: name -> float32 (B, W); `table` are the columns of `Features.users`, further ones as in
                `RichFeatures`. A kind may be left out, a row of NaN is a person without it.
            history_BI: what they touched; the values do not count.

        Raises:
            FeatureShapeError: a kind that was not learned from, or of another shape.
        """
        fitted = self._fitted()
        rows = history_BI.shape[0] if history_BI is not None else _rows(kinds)
        if history_BI is None:
            history_BI = encoder.nothing_touched(rows, len(fitted.past))
        return fitted.people(history_BI, fitted.users.read(kinds, rows))

    def vectors_of_new_items(self, kinds: Mapping[str, Floats]) -> Floats:
        """Return vectors of items that were not in the training, float32 (B, D + 1).

        They stand beside `item_vectors_ID`: their dot product with a user's vector is the score.

        Args:
            kinds: name -> float32 (B, W); `table` are the columns of `Features.items`, further ones (`text`,
                `image`) as in `RichFeatures`. A kind may be left out, a row of NaN is an item without it.

        Raises:
            FeatureShapeError: a kind that was not learned from, or of another shape.
        """
        fitted = self._fitted()
        return fitted.things(fitted.items.read(kinds, _rows(kinds)))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return vectors of both sides, the towers and the scales of their features."""
        users_UD, items_ID = self.vectors()
        fitted = self._fitted()
        return {
            "user_vectors": users_UD,
            "item_vectors": items_ID,
            "past": fitted.past,
            **dict(zip(NETWORKS, self._networks, strict=True)),
            **fitted.users.to_arrays("users"),
            **fitted.items.to_arrays("items"),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model."""
        users_UD, items_ID, past_ID = (
            required(arrays, name, 2) for name in ("user_vectors", "item_vectors", "past")
        )
        same_width(users_UD, items_ID)
        if past_ID.shape != (len(items_ID), items_ID.shape[1] - 1):
            raise ModelStateError("The vectors of what was touched do not fit the item vectors.")
        user_network, item_network = (required(arrays, name, 1) for name in NETWORKS)
        sides = (side.Side.from_arrays(arrays, "users"), side.Side.from_arrays(arrays, "items"))
        model = cls(TwoTowerParams(width=past_ID.shape[1]))
        model._take((user_network, item_network), sides, past_ID)
        model.adopt(users_UD, items_ID, shared=(past_ID.shape[1],))
        return model

    def _cut(self, interactions: Interactions) -> holdout.Cut | None:
        """Return what chooses the epoch, if there is any."""
        if not self.params.validation:
            return None
        latest = interactions.times is not None
        cut = holdout.one_per_user(
            interactions, self.params.seed, latest=latest, most=MOST_VALIDATED
        )
        return cut if len(cut.held_out) and len(cut.train) else None

    def _take(
        self, networks: tuple[Any, Any], sides: tuple[side.Side, side.Side], past_ID: Floats
    ) -> None:
        self._networks = networks
        self._encoder = encoder.load(networks, sides, past_ID)

    def _fitted(self) -> encoder.Encoder:
        if self._encoder is None:
            raise NotFittedError("The model has not been fitted.")
        return self._encoder


def _widths(sides: tuple[side.Side, side.Side]) -> tuple[dict[str, int], dict[str, int]]:
    users, items = (
        {name: len(scale.centre) for name, scale in each.scales.items()} for each in sides
    )
    return users, items


def _rows(kinds: Mapping[str, Floats]) -> int:
    return max((len(table) for table in kinds.values()), default=1)
