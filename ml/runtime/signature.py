"""Checks the tensors of a request against the signature of a model, cheaply and in words."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import TensorSpec
from ml.runtime.predictor import PredictionInputError, Tensors

NUMPY_DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype(np.bool_),
    "UINT8": np.dtype(np.uint8),
    "UINT16": np.dtype(np.uint16),
    "UINT32": np.dtype(np.uint32),
    "UINT64": np.dtype(np.uint64),
    "INT8": np.dtype(np.int8),
    "INT16": np.dtype(np.int16),
    "INT32": np.dtype(np.int32),
    "INT64": np.dtype(np.int64),
    "FP16": np.dtype(np.float16),
    "BF16": np.dtype(np.float32),  # numpy has no bfloat16; the wider type holds every value
    "FP32": np.dtype(np.float32),
    "FP64": np.dtype(np.float64),
    "BYTES": np.dtype(object),
}
_DATATYPE_OF = {dtype: name for name, dtype in NUMPY_DTYPES.items() if name != "BF16"}


class InputSignature:
    """The inputs a model takes; built once, checked for every request."""

    def __init__(self, specs: tuple[TensorSpec, ...]) -> None:
        self._specs = specs
        self._rows = [(spec, NUMPY_DTYPES[spec.datatype], len(spec.shape)) for spec in specs]

    def check(self, inputs: Tensors) -> None:
        """Pass when every tensor has the declared name, datatype and shape.

        Raises:
            PredictionInputError: naming the tensor, what came and what was expected.
        """
        present = 0
        for spec, dtype, rank in self._rows:
            array = inputs.get(spec.name)
            if array is None:
                if not spec.optional:
                    raise PredictionInputError(f"Input {spec.name!r} is missing; {_asks(spec)}.")
                continue
            present += 1
            if array.dtype != dtype:
                raise PredictionInputError(
                    f"Input {spec.name!r} is {_datatype(array)}; {_asks(spec)}."
                )
            if array.ndim != rank or not _fits(array.shape, spec.shape):
                raise PredictionInputError(
                    f"Input {spec.name!r} has shape {list(array.shape)}; {_asks(spec)}."
                )
        if present != len(inputs):
            raise PredictionInputError(self._unknown(inputs))

    def _unknown(self, inputs: Tensors) -> str:
        names = [spec.name for spec in self._specs]
        extra = next(name for name in inputs if name not in names)
        return f"Input {extra[:80]!r} is not one of this model's; it takes {', '.join(names)}."


def synthetic(specs: tuple[TensorSpec, ...], *, length: int = 1) -> dict[str, NDArray[Any]]:
    """Return zeros (BYTES: empty strings) of the signature, `length` where any is accepted."""
    made: dict[str, NDArray[Any]] = {}
    for spec in specs:
        shape = tuple(length if side < 0 else side for side in spec.shape)
        fill: Any = b"" if spec.datatype == "BYTES" else 0
        made[spec.name] = np.full(shape, fill, dtype=NUMPY_DTYPES[spec.datatype])
    return made


def _fits(shape: tuple[int, ...], declared: tuple[int, ...]) -> bool:
    return all(wanted in (-1, got) for got, wanted in zip(shape, declared, strict=True))


def _datatype(array: NDArray[Any]) -> str:
    return _DATATYPE_OF.get(array.dtype, str(array.dtype))


def _asks(spec: TensorSpec) -> str:
    return f"the model takes {spec.datatype} of shape {list(spec.shape)} (-1: any length)"
