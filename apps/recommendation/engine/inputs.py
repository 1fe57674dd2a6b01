"""Reads the tensors of a request; every refusal names the tensor and what was expected."""

import numpy as np

from ml.runtime.predictor import PredictionInputError, Tensors

DEFAULT_K = 10


def texts(inputs: Tensors, name: str, most: int) -> list[str]:
    """Return a BYTES tensor of 1 to `most` texts.

    Raises:
        PredictionInputError: missing, of another shape, too many, or not UTF-8.
    """
    if name not in inputs:
        raise PredictionInputError(f"The input {name!r} is missing.")
    values = np.asarray(inputs[name]).ravel()
    if not 1 <= len(values) <= most:
        raise PredictionInputError(
            f"The input {name!r} has {len(values)} values; 1 to {most} are allowed."
        )
    return [_decoded(name, value) for value in values.tolist()]


def text(inputs: Tensors, name: str, default: str) -> str:
    """Return the one text of an optional BYTES tensor."""
    return texts(inputs, name, 1)[0] if name in inputs else default


def limit(inputs: Tensors, most: int) -> int:
    """Return the optional input `k`, 1 to `most`."""
    if "k" not in inputs:
        return DEFAULT_K
    values = np.asarray(inputs["k"]).ravel()
    if len(values) != 1 or values.dtype.kind not in "iu" or not 1 <= int(values[0]) <= most:
        raise PredictionInputError(f"The input 'k' must be one whole number from 1 to {most}.")
    return int(values[0])


def flag(inputs: Tensors, name: str, *, default: bool) -> bool:
    """Return an optional BOOL tensor's one value."""
    if name not in inputs:
        return default
    values = np.asarray(inputs[name]).ravel()
    if len(values) != 1 or values.dtype.kind not in "bu":
        raise PredictionInputError(f"The input {name!r} must be one truth value.")
    return bool(values[0])


def _decoded(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return bytes(value).decode()  # type: ignore[call-overload,no-any-return]
    except (TypeError, UnicodeDecodeError) as error:
        raise PredictionInputError(f"The input {name!r} must hold UTF-8 texts.") from error
