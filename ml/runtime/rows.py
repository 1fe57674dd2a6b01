"""Several requests answered as one: joined by rows, padded where sequences differ, split again.

A manifest may say how: `attributes["batching"]` is false (never), or holds any of `max_rows`, `latency_ms`
and, for sequences along the second axis, `pad` (input -> the value that fills it) and `cut` (outputs that
have that axis).
Whether a model's rows are independent of each other is not believed but tried, see `rows_are_independent`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import BundleError, Manifest
from ml.runtime.predictor import PredictionInputError, Predictor, Tensors
from ml.runtime.signature import NUMPY_DTYPES, InputSignature

Outputs = dict[str, NDArray[Any]]
_MAX_ROWS, _LATENCY_MS = 64, 10.0
_TOLERANCE = 1e-4
"""Matrix products of one row and of many add in another order; their float32 results differ by about 1e-6."""


@dataclass(frozen=True)
class BatchRule:
    """How a model's requests are joined.

    Attributes:
        signature: of the inputs; every request is checked before it joins others.
        max_rows: of one batch.
        latency_s: the most that the rows of a batch may add to each other's time.
        pad: input -> what fills its second axis up to the longest.
        cut: outputs whose second axis is the sequence; each request gets its own length back.
    """

    signature: InputSignature
    max_rows: int = _MAX_ROWS
    latency_s: float = _LATENCY_MS / 1000
    pad: Mapping[str, float] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()

    def limited(self, settings: Mapping[str, Any]) -> "BatchRule":
        """Return the rule with an endpoint's own `max_rows` and `latency_ms`; 0 takes the model's."""
        return BatchRule(
            self.signature,
            int(settings.get("max_rows") or self.max_rows),
            float(settings.get("latency_ms") or 1000 * self.latency_s) / 1000,
            self.pad,
            self.cut,
        )


def rule_of(manifest: Manifest) -> BatchRule | None:
    """Return how requests are joined; None for a model whose tensors are not all lists of rows.

    Raises:
        BundleError: `attributes["batching"]` cannot be used.
    """
    wanted = manifest.attributes.get("batching", {})
    specs = (*manifest.inputs, *manifest.outputs)
    if wanted is False or manifest.flavour == "native":
        return None
    if not all(spec.shape and spec.shape[0] == -1 and not spec.optional for spec in specs):
        return None
    try:
        rule = BatchRule(
            InputSignature(manifest.inputs),
            int(wanted.get("max_rows", _MAX_ROWS)),
            float(wanted.get("latency_ms", _LATENCY_MS)) / 1000,
            {str(name): float(value) for name, value in wanted.get("pad", {}).items()},
            frozenset(wanted.get("cut", ())),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise BundleError(f"The manifest's attribute 'batching' cannot be used: {error}") from error
    known = {spec.name for spec in specs if len(spec.shape) > 1 and spec.shape[1] == -1}
    if unknown := (rule.pad.keys() | rule.cut) - known:
        raise BundleError(
            f"'batching' names {sorted(unknown)[0]!r}, which has no second axis of any length."
        )
    return rule if rule.max_rows > 1 else None


def rows_of(inputs: Tensors) -> int:
    """Return the rows of a request; 0 when its tensors do not agree, and it has to go alone."""
    lengths = {len(array) if array.ndim else 0 for array in inputs.values()}
    return lengths.pop() if len(lengths) == 1 else 0


def predict_each(
    predictor: Predictor, rule: BatchRule | None, requests: Sequence[Tensors]
) -> list[Outputs | Exception]:
    """Answer several requests, as one batch if that works; a bad one fails alone.

    Args:
        predictor: loaded.
        rule: how to join; None for a request that goes alone.
        requests: without parameters when there are several.

    Returns:
        Per request its outputs or the error to raise.
    """
    if rule is None or len(requests) == 1:
        return [_alone(predictor, each) for each in requests]
    refused = [_refusal(rule, each) for each in requests]
    good = [each for each, error in zip(requests, refused, strict=True) if error is None]
    answers = iter(_together(predictor, rule, good))
    return [next(answers) if error is None else error for error in refused]


def _refusal(rule: BatchRule, inputs: Tensors) -> PredictionInputError | None:
    try:
        rule.signature.check(inputs)
    except PredictionInputError as error:
        return error
    return None


def _alone(predictor: Predictor, inputs: Tensors) -> Outputs | Exception:
    try:
        return predictor.predict(inputs, {})
    except Exception as error:  # noqa: BLE001  (handed to the one request it belongs to)
        return error


def _together(
    predictor: Predictor, rule: BatchRule, requests: list[Tensors]
) -> Sequence[Outputs | Exception]:
    if len(requests) < 2:
        return [_alone(predictor, each) for each in requests]
    try:
        joined = {
            name: _join([r[name] for r in requests], rule.pad.get(name)) for name in requests[0]
        }
        return _split(predictor.predict(joined, {}), requests, rule)
    except Exception:  # noqa: BLE001  (whichever request it was: each is tried for itself)
        return [_alone(predictor, each) for each in requests]


def _join(arrays: list[NDArray[Any]], fill: float | None) -> NDArray[Any]:
    if fill is None or len({array.shape[1] for array in arrays}) == 1:
        return np.concatenate(arrays)
    longest = max(array.shape[1] for array in arrays)
    rows = sum(len(array) for array in arrays)
    joined = np.full((rows, longest, *arrays[0].shape[2:]), fill, dtype=arrays[0].dtype)
    at = 0
    for array in arrays:
        joined[at : at + len(array), : array.shape[1]] = array
        at += len(array)
    return joined


def _split(outputs: Outputs, requests: list[Tensors], rule: BatchRule) -> list[Outputs]:
    answers: list[Outputs] = []
    at = 0
    for request in requests:
        first = next(iter(request.values()))
        own = {name: values[at : at + len(first)] for name, values in outputs.items()}
        if rule.cut:
            length = next(request[name].shape[1] for name in rule.pad)
            own |= {name: own[name][:, :length] for name in rule.cut & own.keys()}
        answers.append(own)
        at += len(first)
    if any(len(values) != at for values in outputs.values()):
        raise ValueError("the model's outputs do not have the rows of its inputs")
    return answers


def rows_are_independent(
    predictor: Predictor, rule: BatchRule, examples: Sequence[Tensors]
) -> bool:
    """Say whether a batch answers as its requests would alone, tried on examples and on drawn inputs.

    A model that normalises over the batch, or one that refuses what is drawn, is not joined.
    """
    requests = [*examples[:4], *(_drawn(predictor.manifest, length) for length in (3, 5, 4))]
    requests = [each for each in requests if rows_of(each)]
    alone = [_alone(predictor, each) for each in requests]
    good = [r for r, a in zip(requests, alone, strict=True) if not isinstance(a, Exception)]
    wanted = [a for a in alone if not isinstance(a, Exception)]
    if len(good) < 2 or (rule.pad and not rule.cut.issubset(wanted[0])):
        return False
    try:
        joined = {name: _join([r[name] for r in good], rule.pad.get(name)) for name in good[0]}
        got = _split(predictor.predict(joined, {}), good, rule)
    except Exception:  # noqa: BLE001  (a batch it cannot take)
        return False
    return all(_same(a[name], b[name]) for a, b in zip(got, wanted, strict=True) for name in b)


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    if one.shape != other.shape:
        return False
    if one.dtype.kind != "f":
        return bool(np.array_equal(one, other))
    return bool(np.allclose(one, other, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True))


def _drawn(manifest: Manifest, length: int) -> dict[str, NDArray[Any]]:
    """Return a request of two rows: numbers drawn where they may be anything, zeros elsewhere."""
    random = np.random.default_rng(length)
    made: dict[str, NDArray[Any]] = {}
    for spec in manifest.inputs:
        shape = (2, *(length if side < 0 else side for side in spec.shape[1:]))
        dtype = NUMPY_DTYPES[spec.datatype]
        if dtype.kind == "f":
            made[spec.name] = random.standard_normal(shape).astype(dtype)
        else:
            made[spec.name] = np.full(shape, b"" if dtype.hasobject else 0, dtype=dtype)
    return made
