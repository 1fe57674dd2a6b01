"""Cuts taken inside the training data: what is held out is never learned from.

Shapes: N interactions, U users.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.common import seeds
from ml.recommendation.data import Interactions, Ints

MAX_HELD_OUT = 20_000  # users; the standard error of a share is then below 0.0036


@dataclass(frozen=True)
class Cut:
    """A part to learn from and the rows kept back."""

    train: Interactions
    held_out: Interactions


def one_per_user(
    interactions: Interactions, seed: int, *, latest: bool = False, most: int = MAX_HELD_OUT
) -> Cut:
    """Hold out one item of every user who has two or more.

    Args:
        interactions: to cut.
        seed: of the choice.
        latest: hold out the last item by time instead of a random one.
        most: hold out for at most so many users, drawn at random.

    An item that has no other interaction is not held out: no model could ever find it.
    """
    rng = seeds.generator(seed, "one_per_user")
    key_N = rng.random(len(interactions))
    if latest and interactions.times is not None:
        key_N = interactions.times
    order_N = np.lexsort((key_N, interactions.users))
    last_U = np.flatnonzero(np.diff(interactions.users[order_N], append=-1))
    rows_U = order_N[last_U]
    counts_U = np.bincount(interactions.users, minlength=interactions.n_users)
    known_I = interactions.item_counts()
    enough = counts_U[interactions.users[rows_U]] >= 2
    enough &= known_I[interactions.items[rows_U]] >= 2
    rows = rows_U[enough]
    if len(rows) > most:
        rows = np.sort(rng.choice(rows, most, replace=False))
    return _cut(interactions, rows)


def some_per_user(
    interactions: Interactions, seed: int, *, fraction: float = 0.1, most: int
) -> Cut:
    """Hold out a random share of the items of at most `most` users, at least one each.

    A user with one item, and an item that has no other interaction, stay in the training part.
    """
    rng = seeds.generator(seed, "some_per_user")
    counts_U = np.bincount(interactions.users, minlength=interactions.n_users)
    enough = np.flatnonzero(counts_U >= 2)
    chosen_U = np.zeros(interactions.n_users, dtype=bool)
    chosen_U[rng.permutation(enough)[:most]] = True
    order_N = np.lexsort((rng.random(len(interactions)), interactions.users))
    starts_U = np.cumsum(counts_U) - counts_U
    users_N = interactions.users[order_N]
    place_N = np.arange(len(interactions)) - starts_U[users_N]
    taken_U = np.maximum(1, (counts_U * fraction).astype(np.int64))
    held_N = chosen_U[users_N] & (place_N < taken_U[users_N])
    held_N &= interactions.item_counts()[interactions.items[order_N]] >= 2
    return _cut(interactions, np.sort(order_N[held_N]))


def share(interactions: Interactions, seed: int, fraction: float) -> Cut:
    """Hold out a random share of the rows."""
    rng = seeds.generator(seed, "share")
    count = int(len(interactions) * fraction)
    return _cut(interactions, rng.permutation(len(interactions))[:count])


def _cut(interactions: Interactions, rows: Ints) -> Cut:
    kept: NDArray[np.bool_] = np.ones(len(interactions), dtype=bool)
    kept[rows] = False
    return Cut(train=interactions.take(kept), held_out=interactions.take(rows))
