"""Tensors of requests as named columns.

Shapes: N rows of all requests, F columns of a table.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_COLUMNS = 256
"""Of one tensor; wider ones are described by mean and spread of each row."""
Columns = dict[str, NDArray[Any]]
"""Name -> (N,) of float64, NaN where missing, or of object texts, empty where missing."""


def columns_of(
    tensors: Iterable[Mapping[str, NDArray[Any]]], names: Mapping[str, Sequence[str]] | None = None
) -> Columns:
    """Return the columns of many requests' tensors, rows below each other.

    Args:
        tensors: of each request, name -> array.
        names: tensor -> names of its columns; they are numbered where there are none.
    """
    parts: dict[str, list[NDArray[Any]]] = {}
    for request in tensors:
        for tensor, array in request.items():
            for name, column in _split(tensor, np.asarray(array), (names or {}).get(tensor, ())):
                parts.setdefault(name, []).append(column)
    return {name: np.concatenate(columns) for name, columns in parts.items()}


def _split(
    tensor: str, array: NDArray[Any], names: Sequence[str]
) -> list[tuple[str, NDArray[Any]]]:
    if array.dtype.hasobject or array.dtype.kind in "SU":
        return [(tensor, np.array([_text(value) for value in array.flat], dtype=object))]
    values = array.astype(np.float64)
    if values.ndim < 2:
        return [(tensor, values.reshape(-1))]
    rows_NF = values.reshape(len(values), -1)
    if rows_NF.shape[1] == 1:
        return [(names[0] if names else tensor, rows_NF[:, 0])]
    if rows_NF.shape[1] > MAX_COLUMNS or values.ndim > 2:
        return [(f"{tensor}.mean", rows_NF.mean(axis=1)), (f"{tensor}.std", rows_NF.std(axis=1))]
    own = names if len(names) == rows_NF.shape[1] else None
    return [(own[n] if own else f"{tensor}[{n}]", rows_NF[:, n]) for n in range(rows_NF.shape[1])]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
