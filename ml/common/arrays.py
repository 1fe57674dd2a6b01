"""Named arrays as bytes: safetensors, which holds data only and never runs code.

Tables that were compressed (`tables`) come back in their full form.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as _load
from safetensors.numpy import save as _save

from ml.common import tables
from ml.common.named import Named


class ArraysError(ValueError):
    """The bytes are not a safetensors file."""


def dump(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the arrays as one safetensors file."""
    return bytes(_save({name: np.ascontiguousarray(each) for name, each in arrays.items()}))


def load(raw: bytes) -> Named:
    """Return the arrays of a safetensors file, compressed tables in their full form.

    Raises:
        ArraysError: not such a file, or a damaged table.
    """
    try:
        return tables.expand(load_as_stored(raw))
    except tables.TableError as error:
        raise ArraysError(str(error)) from error


def load_as_stored(raw: bytes) -> Named:
    """Return the arrays of a safetensors file as they are.

    Raises:
        ArraysError: not such a file.
    """
    try:
        return dict(_load(raw))
    except SafetensorError as error:
        raise ArraysError(f"The arrays cannot be read: {error}") from error
