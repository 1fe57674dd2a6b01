"""Size, latency and agreement of a version beside its parent.

Shapes: N rows, K answers of a row.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import Bundle
from ml.compression.contract import Tensors
from ml.runtime.loading import NativeLoader, load
from ml.runtime.predictor import Predictor

LATENCY_ROUNDS = 200
LATENCY_BUDGET_S = 2.0
BATCH = 64


@dataclass(frozen=True)
class Figures:
    """What a version costs and how near its answers are to its parent's.

    Attributes:
        size_bytes: of the bundle's files.
        p50_ms: median of one-row predictions in this process.
        batch_ms: median of predictions of 64 rows.
        agreement: 1 = the parent's answers; see `agreement`.
        quality: of the task, where the rows have labels: accuracy, or 1 - squared error / variance.
    """

    size_bytes: int
    p50_ms: float
    batch_ms: float
    agreement: float
    quality: float | None = None

    def as_metrics(self) -> dict[str, float]:
        """Return the figures by name, without those there are not."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def measure(
    bundle: Bundle,
    inputs: Tensors,
    *,
    parent: Mapping[str, NDArray[Any]] | None = None,
    labels_N: NDArray[Any] | None = None,
    loaders: Mapping[str, NativeLoader] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> tuple[Figures, dict[str, NDArray[Any]]]:
    """Return the figures of a bundle on rows nobody learned from, and its answers.

    Args:
        bundle: what to measure.
        inputs: rows.
        parent: the parent's answers to the same rows; None for the parent itself.
        labels_N: what is true of the rows.
        loaders: of native bundles.
        parameters: sent with every request.
    """
    predictor = load(bundle, loaders or {})
    asked = dict(parameters or {})
    answers = _answers(predictor, inputs, asked)
    figures = Figures(
        size_bytes=bundle.size_bytes,
        p50_ms=_median_ms(predictor, inputs, asked, 1),
        batch_ms=_median_ms(predictor, inputs, asked, BATCH),
        agreement=1.0 if parent is None else agreement(parent, answers),
        quality=None if labels_N is None else quality(answers, labels_N),
    )
    return figures, answers


def agreement(before: Mapping[str, NDArray[Any]], after: Mapping[str, NDArray[Any]]) -> float:
    """Return how near two models' answers are, in [0, 1]: the worst of their outputs.

    Lists of names (N, K): the shared part of each row. Classes (N, C > 1): rows with the same best
    class. Numbers: 1 - squared difference / variance, not below 0.
    """
    shares = [_output_agreement(before[name], after[name]) for name in before if name in after]
    return min((each for each in shares if each is not None), default=0.0)


def _output_agreement(before: NDArray[Any], after: NDArray[Any]) -> float | None:
    if before.dtype == object:
        return _overlap(before, after) if before.ndim == 2 else None
    if before.dtype.kind != "f" or before.shape != after.shape:
        return None
    if before.ndim == 2 and before.shape[1] > 1 and np.allclose(before.sum(axis=1), 1, atol=1e-3):
        return float((before.argmax(axis=1) == after.argmax(axis=1)).mean())
    known = np.isfinite(before)
    spread = float(np.var(before[known])) or 1.0
    lost = float(np.mean((before[known] - np.nan_to_num(after[known])) ** 2)) / spread
    return max(0.0, 1.0 - lost)


def _overlap(before_NK: NDArray[Any], after_NK: NDArray[Any]) -> float:
    shares = [
        len(set(old) & set(new)) / max(len(set(old)), 1)
        for old, new in zip(before_NK, after_NK, strict=True)
    ]
    return float(np.mean(shares))


def quality(answers: Mapping[str, NDArray[Any]], labels_N: NDArray[Any]) -> float | None:
    """Return how right the first numeric output is: accuracy of classes, else 1 - error / variance."""
    found = next((each for each in answers.values() if each.dtype.kind == "f"), None)
    if found is None or len(found) != len(labels_N):
        return None
    flat = found.reshape(len(found), -1)
    if flat.shape[1] > 1:
        return float((flat.argmax(axis=1) == labels_N.astype(np.int64)).mean())
    if set(np.unique(labels_N)) <= {0, 1}:
        return float(((flat[:, 0] > 0.5) == (labels_N > 0.5)).mean())
    spread = float(np.var(labels_N)) or 1.0
    return 1.0 - float(np.mean((flat[:, 0] - labels_N) ** 2)) / spread


def _answers(
    predictor: Predictor, inputs: Tensors, parameters: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    parts = [predictor.predict(part, parameters) for part in _batches(inputs, BATCH)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _median_ms(
    predictor: Predictor, inputs: Tensors, parameters: Mapping[str, Any], rows: int
) -> float:
    """Return the median time of requests, over different rows, within a time budget."""
    times: list[float] = []
    ends = time.monotonic() + LATENCY_BUDGET_S
    batches = list(_batches(inputs, rows))[:LATENCY_ROUNDS]
    predictor.predict(batches[0], parameters)  # the first call allocates
    while len(times) < LATENCY_ROUNDS and time.monotonic() < ends:
        began = time.perf_counter()
        predictor.predict(batches[len(times) % len(batches)], parameters)
        times.append(time.perf_counter() - began)
    return round(1000 * float(np.median(times)), 4)


def _batches(inputs: Tensors, rows: int) -> Iterator[Tensors]:
    count = min(len(each) for each in inputs.values())
    for start in range(0, count, rows):
        yield {name: each[start : start + rows] for name, each in inputs.items()}
