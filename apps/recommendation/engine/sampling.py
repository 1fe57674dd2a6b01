"""Requests of a trained recommender, to measure a smaller version of it with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.recommendation.engine import packing
from ml.common.bundle import Bundle
from ml.runtime.predictor import bytes_array


def requests(
    bundle: Bundle, count: int, seed: int
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return known users, drawn at random, and the parameters that ask for their recommendations."""
    _, catalogue = packing.unpack(bundle)
    users = catalogue.user_ids
    chosen = np.random.default_rng(seed).permutation(len(users))[:count]
    return {"user": bytes_array([users[each] for each in chosen])}, {"operation": "recommend"}
