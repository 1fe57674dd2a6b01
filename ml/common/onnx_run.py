"""Runs a small network kept as ONNX bytes in an array beside a model's other arrays."""

from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

_STATE = ort.capi.onnxruntime_pybind11_state
_REFUSALS = (_STATE.InvalidArgument, _STATE.Fail, _STATE.RuntimeException)  # no common base


class NetworkError(ValueError):
    """The bytes are not a network that can be run here, or not the one expected."""


class Network:
    """One session on one thread of the CPU; safe to call from several threads."""

    def __init__(self, raw: NDArray[np.uint8], inputs: frozenset[str]) -> None:
        """Load a network.

        Raises:
            NetworkError: it cannot be loaded or has other inputs.
        """
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = 1  # requests are small and come side by side
        settings.inter_op_num_threads = 1
        settings.log_severity_level = 4
        try:
            self._session = ort.InferenceSession(
                raw.tobytes(), settings, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime raises a dozen unrelated classes of its own
            raise NetworkError(f"The stored network cannot be loaded: {error}") from error
        found = {each.name for each in self._session.get_inputs()}
        if found != inputs:
            raise NetworkError(
                f"The stored network takes {sorted(found)}, expected {sorted(inputs)}."
            )

    def __call__(self, **inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Return the output.

        Raises:
            NetworkError: inputs of a shape that the network does not take.
        """
        try:
            values = self._session.run(None, inputs)
        except _REFUSALS as error:
            raise NetworkError(f"The stored network refused its inputs: {error}") from error
        return np.asarray(values[0], dtype=np.float32)
