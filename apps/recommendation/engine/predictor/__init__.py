"""Answers requests of a loaded recommender: one file for each kind of work.

`base` what a version holds; `shelf` all items that can be answered now, `live` how it learns of new ones,
`newcomers` where those stand; `asking` the request; `tastes` the people; `recommending`, `reasons`,
`lookups` and `browsing` the operations.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.recommendation.engine.predictor import asking, browsing, lookups, recommending
from apps.recommendation.engine.predictor.base import Base
from apps.recommendation.engine.predictor.live import Live
from apps.recommendation.engine.predictor.shelf import Shelf
from ml.common.bundle import Bundle
from ml.runtime.predictor import PredictionInputError, Tensors

Outputs = dict[str, NDArray[Any]]


def _recommend(shelf: Shelf, inputs: Tensors) -> Outputs:
    return recommending.recommend(shelf, asking.read(inputs))


OPERATIONS: Mapping[str, Callable[[Shelf, Tensors], Outputs]] = {
    "recommend": _recommend,
    "score": lookups.score,
    "similar": lookups.similar,
    "search": lookups.search,
    "browse": browsing.browse,
    "history": lookups.history,
    "titles": lookups.titles,
    "attributes": lookups.attributes,
}


class RecommendationPredictor:
    """A recommender in memory; only its shelf is replaced, as a whole, when items are told."""

    platform_inputs = frozenset({"live"})
    """Told items are answered to everybody, so only this application's code tells them."""

    def __init__(self, bundle: Bundle) -> None:
        self.manifest = bundle.manifest
        self._live = Live(Base(bundle))
        self._size = 3 * bundle.size_bytes  # arrays, strings and the search text

    @property
    def size_bytes(self) -> int:
        """Memory the loaded model holds, about."""
        return self._size

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> Outputs:
        """Return the outputs of one operation, named by `parameters["operation"]`.

        A question that knows of more live items than this process is answered with `live_sequence` alone.

        Raises:
            PredictionInputError: unknown operation, or an input that is missing or malformed.
        """
        operation = parameters.get("operation", "recommend")
        if not isinstance(operation, str) or operation not in OPERATIONS:
            raise PredictionInputError(
                f"The operation {str(operation)[:40]!r} is not one of {', '.join(OPERATIONS)}."
            )
        shelf = self._live.reach(inputs)
        if shelf is None:
            return {"live_sequence": np.array([self._live.shelf.sequence], dtype=np.int64)}
        return OPERATIONS[operation](shelf, inputs)
