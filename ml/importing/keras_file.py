"""Keras files (`.keras`, safe mode): inputs and outputs are the model's own."""

from typing import Any

from ml.common.bundle import Bundle, TensorSpec, build
from ml.importing.errors import ImportRefusedError
from ml.importing.options import ImportOptions
from ml.runtime import keras_predictor

_DATATYPES = {
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "bool": "BOOL",
}


def read(content: bytes, options: ImportOptions) -> Bundle:
    """Return the bundle of a Keras model.

    Raises:
        ImportRefusedError: code inside, no archive, or a model that was never built.
    """
    try:
        model = keras_predictor.open_model(content)
    except ValueError as error:  # BundleError is one
        raise ImportRefusedError(str(error)) from error
    if not getattr(model, "inputs", None):
        raise ImportRefusedError("The Keras model has no input shape; call it once, then save it.")
    outputs = model.outputs if isinstance(model.outputs, list) else [model.outputs]
    return build(
        flavour="keras",
        inputs=tuple(_spec(each, f"input_{n}") for n, each in enumerate(model.inputs)),
        outputs=tuple(_spec(each, f"output_{n}") for n, each in enumerate(outputs)),
        files={keras_predictor.MODEL_FILE: content},
    )


def _spec(tensor: Any, fallback: str) -> TensorSpec:
    datatype = _DATATYPES.get(str(tensor.dtype))
    if datatype is None:
        raise ImportRefusedError(f"The tensor {tensor.name[:80]!r} is of type {tensor.dtype}.")
    shape = tuple(-1 if each is None else int(each) for each in tensor.shape)
    return TensorSpec(str(tensor.name or fallback), datatype, shape)
