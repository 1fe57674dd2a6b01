"""The models by name; a new one is added here and to the conformance test.

Named by string and loaded when asked for: serving one kind loads none of the others' libraries.
"""

from importlib import import_module

from ml.recommendation.contract import Arrays, Recommender
from ml.recommendation.errors import ModelStateError

MODELS = {
    "als": "ml.recommendation.als:Als",
    "blend": "ml.recommendation.blend:Blend",
    "bpr": "ml.recommendation.bpr:Bpr",
    "ease": "ml.recommendation.ease:Ease",
    "feature_mf": "ml.recommendation.feature_mf:FeatureMf",
    "graph_filter": "ml.recommendation.graph_filter:GraphFilter",
    "popularity": "ml.recommendation.popularity:Popularity",
    "recency": "ml.recommendation.popularity:Recency",
    "sasrec": "ml.recommendation.sasrec.model:SasRec",
    "two_tower": "ml.recommendation.two_tower.model:TwoTower",
}


def model_class(kind: str) -> type[Recommender]:
    """Return the class of a kind.

    Raises:
        ModelStateError: unknown kind.
    """
    if kind not in MODELS:
        raise ModelStateError(f"Unknown kind of recommender {kind!r}; known: {sorted(MODELS)}.")
    module, name = MODELS[kind].split(":")
    found: type[Recommender] = getattr(import_module(module), name)
    return found


def restore(kind: str, arrays: Arrays) -> Recommender:
    """Return the fitted model of a kind from its arrays.

    Raises:
        ModelStateError: unknown kind, or arrays that do not fit it.
    """
    return model_class(kind).from_arrays(arrays)
