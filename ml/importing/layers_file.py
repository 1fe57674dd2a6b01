"""Safetensors files of stacked linear layers, as `torch.nn.Sequential` saves them; served as ONNX.

Shapes: a layer has I inputs and O outputs; torch keeps its weight as (O, I).
"""

import re

import numpy as np

from ml.common import arrays
from ml.common.bundle import Bundle, TensorSpec, build
from ml.common.named import Named
from ml.compression import dense
from ml.compression.dense import DenseNetwork, Layer
from ml.importing.errors import ImportRefusedError
from ml.importing.options import ACTIVATIONS, OUTPUTS, ImportOptions

_NAME = re.compile(r"(?:.*\D)?(\d+)\.(weight|bias)")
NUMERIC = frozenset({"float16", "float32", "float64"})


def read(content: bytes, options: ImportOptions) -> Bundle:
    """Return the bundle of a stack of linear layers.

    Raises:
        ImportRefusedError: no safetensors file, or something else than such a stack inside.
    """
    try:
        stored = arrays.load_as_stored(content)
    except arrays.ArraysError as error:
        raise ImportRefusedError(str(error)) from error
    layers = _layers(stored, options)
    inputs, outputs = len(layers[0].weight), len(layers[-1].bias)
    given = TensorSpec("features", "FP32", (-1, inputs))
    answer = TensorSpec("scores", "FP32", (-1, outputs))
    network = dense.write(DenseNetwork(layers, given.name, answer.name), given, answer.shape)
    files = {"model.onnx": network.SerializeToString()}
    return build(flavour="onnx", inputs=(given,), outputs=(answer,), files=files)


def _layers(stored: Named, options: ImportOptions) -> tuple[Layer, ...]:
    parts: dict[int, Named] = {}
    for name, values in stored.items():
        match = _NAME.fullmatch(name)
        if match is None or str(values.dtype) not in NUMERIC:
            raise ImportRefusedError(
                f"The array {name[:80]!r} is not the weight or bias of a numbered linear layer. "
                "Export the model to ONNX instead."
            )
        parts.setdefault(int(match[1]), {})[match[2]] = values.astype(np.float32)
    order = sorted(parts)
    layers = []
    for number in order:
        weight = parts[number].get("weight")
        if weight is None or weight.ndim != 2:
            raise ImportRefusedError(f"Layer {number} has no weight of shape (outputs, inputs).")
        bias = parts[number].get("bias", np.zeros(len(weight), np.float32))
        last = number == order[-1]
        end = OUTPUTS[options.output] if last else ACTIVATIONS[options.activation]
        layers.append(Layer(np.ascontiguousarray(weight.T), bias, end))
    _check_chain(layers)
    return tuple(layers)


def _check_chain(layers: list[Layer]) -> None:
    if not layers:
        raise ImportRefusedError("The file holds no arrays.")
    for number, layer in enumerate(layers):
        if layer.bias.shape != (layer.weight.shape[1],):
            raise ImportRefusedError(f"The bias of layer {number} does not fit its weight.")
        if number and layers[number - 1].weight.shape[1] != len(layer.weight):
            raise ImportRefusedError(
                f"Layer {number} takes {len(layer.weight)} values; the one before gives "
                f"{layers[number - 1].weight.shape[1]}."
            )
