"""The protocols of an evaluation: how a part of the data is kept back."""

from dataclasses import dataclass

import numpy as np

from ml.common import seeds
from ml.recommendation import holdout
from ml.recommendation.data import Interactions
from ml.recommendation.errors import EmptyInteractionsError

LATEST, RANDOM, FRACTION, TIME = "latest", "random", "fraction", "time"
PROTOCOLS = (LATEST, RANDOM, FRACTION, TIME)


@dataclass(frozen=True)
class Protocol:
    """How to cut.

    Attributes:
        kind: `latest` or `random` keep back one item of each user, `fraction` a random share of all
            rows, `time` the newest share of all rows.
        fraction: the share, for the last two.
        seed: of everything random.
        most_users: how many users are measured, drawn at random.
    """

    kind: str = LATEST
    fraction: float = 0.2
    seed: int = 0
    most_users: int = holdout.MAX_HELD_OUT


def make(interactions: Interactions, protocol: Protocol) -> holdout.Cut:
    """Return the part to learn from and the part kept back.

    Raises:
        EmptyInteractionsError: times are needed and missing, or nothing can be kept back.
    """
    if protocol.kind in (LATEST, TIME) and interactions.times is None:
        raise EmptyInteractionsError(
            "The interactions have no times, so nothing can be kept back by time: choose a random protocol."
        )
    if protocol.kind in (LATEST, RANDOM):
        cut = holdout.one_per_user(
            interactions,
            protocol.seed,
            latest=protocol.kind == LATEST,
            most=protocol.most_users,
        )
    elif protocol.kind == FRACTION:
        cut = _few(holdout.share(interactions, protocol.seed, protocol.fraction), protocol)
    else:
        cut = _few(by_time(interactions, protocol.fraction), protocol)
    if len(cut.held_out) == 0 or len(cut.train) == 0:
        raise EmptyInteractionsError(
            "Nothing can be kept back: too few users have two items, or the share is too small."
        )
    return cut


def by_time(interactions: Interactions, fraction: float) -> holdout.Cut:
    """Hold out the newest share of all rows; rows of one moment stay together, in the part to learn from.

    This is what a model meets in service: it knows nothing of what came after it was trained.
    """
    times_N = interactions.times
    if times_N is None:
        raise EmptyInteractionsError("The interactions have no times.")
    moment = np.quantile(times_N, 1.0 - fraction, method="lower")
    newest_N = times_N > moment
    return holdout.Cut(interactions.take(~newest_N), interactions.take(newest_N))


def _few(cut: holdout.Cut, protocol: Protocol) -> holdout.Cut:
    """Measure at most so many users; what the others did is neither learned nor asked."""
    users = np.unique(cut.held_out.users)
    if len(users) <= protocol.most_users:
        return cut
    rng = seeds.generator(protocol.seed, "measured users")
    chosen = rng.choice(users, protocol.most_users, replace=False)
    return holdout.Cut(cut.train, cut.held_out.take(np.isin(cut.held_out.users, chosen)))
