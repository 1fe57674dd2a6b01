"""Structured pruning: whole hidden units go, then the rest learns to answer as the model did before.

A unit's importance is how much it moves the next layer: the deviation of its activation times the norm of the
weights it feeds. Source: Molchanov et al. 2017, in its activation form.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import Bundle
from ml.compression import dense
from ml.compression.contract import Material, NotApplicableError
from ml.compression.dense import DenseNetwork, Layer
from ml.compression.networks import open_network, with_network

KEPT = 0.5
LEAST_UNITS = 4
Floats = NDArray[np.float32]


def prune(bundle: Bundle, material: Material) -> Bundle:
    """Return the model with half of its hidden units, fine-tuned on the model's own answers."""
    from ml.compression import fitting  # noqa: PLC0415  (torch: only who trains)

    parent = dense.read(open_network(bundle))
    if len(parent.layers) < 2:
        raise NotApplicableError("The network has no hidden layer to prune.")
    inputs_NI = material.inputs[parent.input_name].astype(np.float32)
    hidden = _hidden_activations(parent, inputs_NI)
    small = _without(
        parent, [_kept_units(parent, index, each) for index, each in enumerate(hidden)]
    )
    wanted_NO = _forward(parent, inputs_NI)[-1]
    settings = fitting.FitSettings(learning_rate=1e-3)
    tuned = fitting.fit(small, inputs_NI, wanted_NO, material, settings)
    spec, answer = bundle.manifest.inputs[0], bundle.manifest.outputs[0]
    return with_network(bundle, dense.write(tuned, spec, answer.shape))


def _kept_units(parent: DenseNetwork, index: int, activations_NH: Floats) -> NDArray[np.int64]:
    outgoing_H = np.linalg.norm(parent.layers[index + 1].weight, axis=1)
    importance_H = activations_NH.std(axis=0) * outgoing_H
    keep = max(LEAST_UNITS, int(np.ceil(KEPT * len(importance_H))))
    return np.sort(np.argsort(-importance_H, kind="stable")[:keep])


def _without(parent: DenseNetwork, kept: list[NDArray[np.int64]]) -> DenseNetwork:
    layers, rows = [], np.arange(len(parent.layers[0].weight))
    for index, layer in enumerate(parent.layers):
        columns = kept[index] if index < len(kept) else np.arange(len(layer.bias))
        weight_IO = np.ascontiguousarray(layer.weight[np.ix_(rows, columns)])
        layers.append(Layer(weight_IO, layer.bias[columns], layer.activation))
        rows = columns
    return DenseNetwork(tuple(layers), parent.input_name, parent.output_name)


def _hidden_activations(parent: DenseNetwork, inputs_NI: Floats) -> list[Floats]:
    return _forward(parent, inputs_NI)[:-1]


def _forward(parent: DenseNetwork, inputs_NI: Floats) -> list[Floats]:
    """Return what every layer answers."""
    answers, values = [], inputs_NI
    for layer in parent.layers:
        values = _ACTIVATE[layer.activation](values @ layer.weight + layer.bias)
        answers.append(values.astype(np.float32))
    return answers


def _tanh(values: Floats) -> Floats:
    return np.asarray(np.tanh(values), np.float32)


def _softmax(values: Floats) -> Floats:
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


_ACTIVATE: dict[str, Callable[[Floats], Floats]] = {
    "": lambda values: values,
    "Relu": lambda values: np.maximum(values, 0),
    "Tanh": _tanh,
    "Sigmoid": lambda values: (1 / (1 + np.exp(-values))).astype(np.float32),
    "Softmax": _softmax,
    "Elu": lambda values: np.where(values > 0, values, np.expm1(np.minimum(values, 0))).astype(
        np.float32
    ),
    "LeakyRelu": lambda values: np.where(values > 0, values, np.float32(0.01) * values).astype(
        np.float32
    ),
}
