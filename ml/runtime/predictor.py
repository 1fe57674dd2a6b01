"""What the runtime asks of every loaded model, whatever its flavour."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import Manifest

Tensors = Mapping[str, NDArray[Any]]
"""Name -> array; BYTES tensors are object arrays of `bytes`."""


class PredictionInputError(ValueError):
    """An input the model cannot take: the message names the tensor and what was expected."""


class Predictor(Protocol):
    """A loaded model; `predict` may be called from several threads."""

    manifest: Manifest

    @property
    def size_bytes(self) -> int:
        """Memory the loaded model holds, in bytes."""

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Return the outputs for one request.

        Raises:
            PredictionInputError: wrong name, datatype, shape or value.
        """


def bytes_array(values: list[str]) -> NDArray[np.object_]:
    """Return strings as a BYTES tensor of shape (N,)."""
    array = np.empty(len(values), dtype=object)
    array[:] = [value.encode() for value in values]
    return array
