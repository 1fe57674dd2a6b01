"""Interactions and side features, checked once so that no model needs to.

Shapes: N interactions, U users, I items, F user features, G item features.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.recommendation.errors import (
    EmptyInteractionsError,
    FeatureShapeError,
    RatingNotFiniteError,
    TooFewItemsError,
    TooFewUsersError,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Interactions:
    """Who touched what; `build` checks and merges duplicates.

    Attributes:
        users, items: int64 (N,) indices in [0, n_users) and [0, n_items); each pair occurs once.
        ratings: float32 (N,), or None when only the choice itself is known.
        times: float64 (N,) seconds UTC, or None.
    """

    users: Ints
    items: Ints
    n_users: int
    n_items: int
    ratings: Floats | None = None
    times: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.users)

    @property
    def mean_per_user(self) -> float:
        """Interactions per user, over all users."""
        return len(self) / max(self.n_users, 1)

    @property
    def density(self) -> float:
        """Share of all pairs that were seen."""
        return len(self) / max(self.n_users * self.n_items, 1)

    def seen(self) -> sp.csr_matrix:
        """Return a (U, I) matrix with 1 where the pair was seen, float32, indices sorted."""
        ones_N = np.ones(len(self), dtype=np.float32)
        matrix = sp.csr_matrix(
            (ones_N, (self.users, self.items)), shape=(self.n_users, self.n_items)
        )
        matrix.sort_indices()
        return matrix

    def item_counts(self) -> Floats:
        """Return interactions per item, float32 (I,)."""
        return np.bincount(self.items, minlength=self.n_items).astype(np.float32)

    def take(self, rows: NDArray[Any]) -> "Interactions":
        """Return the interactions at `rows` (indices or mask), users and items numbered as here."""
        return Interactions(
            users=self.users[rows],
            items=self.items[rows],
            n_users=self.n_users,
            n_items=self.n_items,
            ratings=None if self.ratings is None else self.ratings[rows],
            times=None if self.times is None else self.times[rows],
        )


@dataclass(frozen=True)
class Features:
    """Side information; either side may be missing.

    Attributes:
        users: float32 (U, F) or None.
        items: float32 (I, G) or None.
    """

    users: Floats | None = None
    items: Floats | None = None

    def check(self, interactions: Interactions) -> None:
        """Raise FeatureShapeError unless the tables fit the interactions and are finite."""
        sides = (
            (self.users, interactions.n_users, "user"),
            (self.items, interactions.n_items, "item"),
        )
        for table, rows, side in sides:
            if table is None:
                continue
            if table.ndim != 2 or len(table) != rows:
                raise FeatureShapeError(
                    f"The {side} features have shape {table.shape}; expected ({rows}, F)."
                )
            broken = int((~np.isfinite(table)).any(axis=1).sum())
            if broken:
                raise FeatureShapeError(
                    f"{broken} rows of the {side} features are not finite numbers."
                )


NO_FEATURES = Features()


def build(
    users_N: Ints,
    items_N: Ints,
    ratings_N: NDArray[Any] | None = None,
    times_N: NDArray[Any] | None = None,
    shape: tuple[int, int] = (0, 0),
) -> Interactions:
    """Check raw pairs and merge duplicates (the last one by time, or by position, is kept).

    Args:
        users_N: user of each row, from 0.
        items_N: item of each row, from 0.
        ratings_N: optional, of the same length.
        times_N: optional, of the same length.
        shape: users and items at least, for those known only by their features.

    Raises:
        RecommendationDataError: a subclass says what is wrong and how many rows are affected.
    """
    n = len(users_N)
    if n == 0:
        raise EmptyInteractionsError(
            "There are no interactions: the table has no rows to learn from."
        )
    if ratings_N is not None:
        broken = int((~np.isfinite(np.asarray(ratings_N, dtype=np.float64))).sum())
        if broken:
            raise RatingNotFiniteError(
                f"{broken} of {n} ratings are missing or not finite: fill or drop these rows, "
                "or train without the rating column."
            )
    _check_size(len(np.unique(users_N)), len(np.unique(items_N)))
    n_users = max(int(users_N.max()) + 1, shape[0])
    n_items = max(int(items_N.max()) + 1, shape[1])
    rows = _last_of_each_pair(users_N, items_N, n_items, times_N)
    return Interactions(
        users=users_N[rows].astype(np.int64),
        items=items_N[rows].astype(np.int64),
        n_users=n_users,
        n_items=n_items,
        ratings=None if ratings_N is None else ratings_N[rows].astype(np.float32),
        times=None if times_N is None else times_N[rows].astype(np.float64),
    )


def _check_size(n_users: int, n_items: int) -> None:
    if n_users < 2:
        raise TooFewUsersError("There is only one user: a recommender learns from at least two.")
    if n_items < 2:
        raise TooFewItemsError(
            "There is only one item: a recommender needs at least two to choose from."
        )


def _last_of_each_pair(
    users_N: Ints, items_N: Ints, n_items: int, times_N: NDArray[Any] | None
) -> Ints:
    order_N = np.arange(len(users_N)) if times_N is None else np.argsort(times_N, kind="stable")
    pairs_N = (users_N.astype(np.int64) * n_items + items_N)[order_N]
    _, from_end = np.unique(pairs_N[::-1], return_index=True)
    return np.sort(order_N[len(pairs_N) - 1 - from_end])
