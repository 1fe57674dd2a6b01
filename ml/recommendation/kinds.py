"""The models by name; a new one is added here and to the conformance test."""

from ml.recommendation.als import Als
from ml.recommendation.contract import Arrays, Recommender
from ml.recommendation.errors import ModelStateError
from ml.recommendation.feature_mf import FeatureMf
from ml.recommendation.popularity import Popularity

MODELS: dict[str, type[Recommender]] = {each.kind: each for each in (Als, FeatureMf, Popularity)}


def restore(kind: str, arrays: Arrays) -> Recommender:
    """Return the fitted model of a kind from its arrays.

    Raises:
        ModelStateError: unknown kind, or arrays that do not fit it.
    """
    if kind not in MODELS:
        raise ModelStateError(f"Unknown kind of recommender {kind!r}; known: {sorted(MODELS)}.")
    return MODELS[kind].from_arrays(arrays)
