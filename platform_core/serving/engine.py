"""The only door from serving to ml: bundles become predictors, and predictors are warmed up."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from ml.common.bundle import Bundle, BundleError, Manifest
from ml.runtime.loading import load, needed_bytes
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import PredictionInputError, Predictor, Tensors
from ml.runtime.signature import synthetic

__all__ = [
    "Bundle",
    "BundleError",
    "LoadOptions",
    "Manifest",
    "PredictionInputError",
    "Predictor",
    "Tensors",
    "load_predictor",
    "needed_bytes",
    "warm_up",
]

_WARM_UP_ROUNDS = 3


def load_predictor(
    bundle: Bundle, loader_entries: Mapping[str, str], options: LoadOptions
) -> Predictor:
    """Load a verified bundle.

    Args:
        bundle: in memory.
        loader_entries: loader name -> "package.module:function", imported only when it is needed.
        options: threads and device.

    Raises:
        BundleError: the files cannot be loaded, or nobody registered the loader.
    """
    natives = {name: _imported_late(entry) for name, entry in loader_entries.items()}
    return load(bundle, natives, options)


def _imported_late(entry: str) -> Callable[[Bundle], Predictor]:
    def call(bundle: Bundle) -> Predictor:
        module, _, name = entry.partition(":")
        return cast("Predictor", getattr(import_module(module), name)(bundle))

    return call


def warm_up(predictor: Predictor) -> float:
    """Run the predictor until it is as fast as it gets; return the seconds of the best round.

    Uses the predictor's own `warm_up()` when it has one, else zeros of its signature; a predictor
    that refuses zeros is as warm as it can be made.
    """
    own = getattr(predictor, "warm_up", None)
    request = {} if own else synthetic(predictor.manifest.inputs)
    best = float("inf")
    for _ in range(1 if own else _WARM_UP_ROUNDS):
        began = time.perf_counter()
        try:
            own() if own else predictor.predict(request, {})
        except PredictionInputError:
            return best
        best = min(best, time.perf_counter() - began)
    return best
