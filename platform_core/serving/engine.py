"""The only door from serving to ml: bundles become predictors, and predictors are warmed up."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from ml.common.bundle import Bundle, BundleError, Manifest
from ml.runtime.loading import load, needed_bytes, prepare
from ml.runtime.memory import give_back, held_bytes, resident_bytes
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import PredictionInputError, Predictor, Tensors
from ml.runtime.rows import BatchRule, predict_each, rows_are_independent, rows_of, rule_of
from ml.runtime.signature import synthetic

__all__ = [
    "BatchRule",
    "Bundle",
    "BundleError",
    "LoadOptions",
    "Loaded",
    "Manifest",
    "PredictionInputError",
    "Predictor",
    "Tensors",
    "WarmUp",
    "give_back",
    "load_predictor",
    "needed_bytes",
    "predict_each",
    "resident_bytes",
    "rows_of",
    "warm_up",
]

_WARM_UP_ROUNDS = 5
_BATCH_ROWS = 16
_measuring = threading.Lock()
"""One load at a time is measured: two would count each other's memory."""
_LEAST_BYTES = 16 * 1024


@dataclass(frozen=True)
class Loaded:
    """A predictor and the memory it holds, in bytes."""

    predictor: Predictor
    size_bytes: int


@dataclass(frozen=True)
class WarmUp:
    """What warming up showed.

    Attributes:
        single_s: the shortest prediction of one request; infinite if the predictor refused all.
        row_s: a row's share of a batch; None when requests are not joined.
        batch: how requests are joined; None when they are not.
    """

    single_s: float
    row_s: float | None = None
    batch: BatchRule | None = None


def load_predictor(
    bundle: Bundle, loader_entries: Mapping[str, str], options: LoadOptions
) -> Loaded:
    """Load a verified bundle and measure what it holds.

    Args:
        bundle: in memory.
        loader_entries: loader name -> "package.module:function", imported only when it is needed.
        options: threads and device.

    Raises:
        BundleError: the files cannot be loaded, or nobody registered the loader.
    """
    natives = {name: _imported_late(entry) for name, entry in loader_entries.items()}
    prepare(bundle.manifest.flavour)
    with _measuring:
        before = held_bytes()
        predictor = load(bundle, natives, options)
        measured = held_bytes() - before
    # objects of Python's own small-object arenas and what is mapped past malloc are not seen there
    known = predictor.size_bytes if bundle.manifest.flavour == "native" else _LEAST_BYTES
    return Loaded(predictor, max(measured, known))


def _imported_late(entry: str) -> Callable[[Bundle], Predictor]:
    def call(bundle: Bundle) -> Predictor:
        module, _, name = entry.partition(":")
        return cast("Predictor", getattr(import_module(module), name)(bundle))

    return call


def warm_up(
    predictor: Predictor, examples: Sequence[tuple[Tensors, Mapping[str, object]]]
) -> WarmUp:
    """Run the predictor until it is as fast as it gets; try whether its requests can be joined.

    Args:
        predictor: loaded.
        examples: (inputs, parameters) of real requests, those recorded or the model's own example. Without
            any, the predictor's own `warm_up()` is called, or zeros of its signature are predicted. What a
            predictor refuses is passed over: it is as warm as it can be made.
    """
    own = getattr(predictor, "warm_up", None)
    if own is not None:
        own()
    requests = list(examples) or ([] if own else [(synthetic(predictor.manifest.inputs), {})])
    single_s = min((_best_s(predictor, *request) for request in requests), default=float("inf"))
    rule = rule_of(predictor.manifest)
    plain = [inputs for inputs, parameters in requests if not parameters]
    if rule is None or not rows_are_independent(predictor, rule, plain):
        return WarmUp(single_s)
    many = synthetic(predictor.manifest.inputs, length=_BATCH_ROWS)
    row_s = min(single_s, _best_s(predictor, many, {}) / _BATCH_ROWS)
    return WarmUp(single_s, row_s, rule)


def _best_s(predictor: Predictor, inputs: Tensors, parameters: Mapping[str, object]) -> float:
    best = float("inf")
    for _ in range(_WARM_UP_ROUNDS):
        began = time.perf_counter()
        try:
            predictor.predict(inputs, parameters)
        except PredictionInputError:
            break
        best = min(best, time.perf_counter() - began)
    return best
