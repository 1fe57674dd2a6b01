"""Trains a chain of dense layers to give the answers of another model. Imported in workers only (torch).

Shapes: N rows, I inputs, O outputs.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from ml.common.progress import TrainingStoppedError
from ml.compression.contract import Material
from ml.compression.dense import DenseNetwork, Layer

Floats = NDArray[np.float32]
VALIDATION = 0.15
PATIENCE = 6
BATCH = 256
SOFTMAX, SIGMOID = "Softmax", "Sigmoid"
_MODULES = {
    "Relu": functional.relu,
    "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid,
    "Softmax": lambda values: torch.softmax(values, dim=-1),
    "Elu": functional.elu,
    "LeakyRelu": functional.leaky_relu,
    "Gelu": functional.gelu,
    "": lambda values: values,
}


@dataclass(frozen=True)
class FitSettings:
    """How long and how fast to learn."""

    epochs: int = 60
    learning_rate: float = 2e-3


def fit(
    start: DenseNetwork,
    inputs_NI: Floats,
    wanted_NO: Floats,
    material: Material,
    settings: FitSettings,
) -> DenseNetwork:
    """Return the layers after learning to answer `wanted_NO`, by Adam with early stopping.

    The loss follows the last activation: cross-entropy for Softmax and Sigmoid, squared error else.

    Raises:
        TrainingStoppedError: the job was asked to stop.
    """
    torch.manual_seed(material.seed)
    order_N = material.rng().permutation(len(inputs_NI))
    held = max(1, int(VALIDATION * len(order_N)))
    data = [
        torch.from_numpy(np.ascontiguousarray(each[order_N])) for each in (inputs_NI, wanted_NO)
    ]
    net = _Chain(start)
    optimiser = torch.optim.Adam(net.parameters(), lr=settings.learning_rate)
    best, best_loss, waited = copy.deepcopy(net.state_dict()), _loss(net, data, slice(0, held)), 0
    for epoch in range(settings.epochs):
        if material.progress.should_stop():
            raise TrainingStoppedError("Stopped while a smaller network learned.")
        _epoch(net, optimiser, [each[held:] for each in data])
        found = _loss(net, data, slice(0, held))
        material.progress.metric("student_loss", found, epoch)
        waited = 0 if found < best_loss else waited + 1
        if found < best_loss:
            best, best_loss = copy.deepcopy(net.state_dict()), found
        if waited >= PATIENCE:
            break
    net.load_state_dict(best)
    return net.layers_of(start)


class _Chain(nn.Module):  # type: ignore[misc]
    """The layers as parameters; `forward` gives what stands before the last activation."""

    def __init__(self, start: DenseNetwork) -> None:
        super().__init__()
        self.linear = nn.ModuleList()
        self.activations = [each.activation for each in start.layers]
        for layer in start.layers:
            linear = nn.Linear(*layer.weight.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(layer.weight.T)))
                linear.bias.copy_(torch.from_numpy(np.array(layer.bias)))
            self.linear.append(linear)

    def forward(self, values_NI: torch.Tensor) -> torch.Tensor:
        for linear, activation in zip(self.linear[:-1], self.activations[:-1], strict=True):
            values_NI = _MODULES[activation](linear(values_NI))
        return self.linear[-1](values_NI)

    def layers_of(self, start: DenseNetwork) -> DenseNetwork:
        """Return the learned layers."""
        layers = tuple(
            Layer(
                np.ascontiguousarray(linear.weight.detach().numpy().T),
                linear.bias.detach().numpy().copy(),
                activation,
            )
            for linear, activation in zip(self.linear, self.activations, strict=True)
        )
        return DenseNetwork(layers, start.input_name, start.output_name)


def _epoch(net: _Chain, optimiser: torch.optim.Optimizer, data: list[torch.Tensor]) -> None:
    order = torch.randperm(len(data[0]))
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        optimiser.zero_grad()
        _criterion(net, data[0][rows], data[1][rows]).backward()
        optimiser.step()


def _loss(net: _Chain, data: list[torch.Tensor], rows: slice) -> float:
    with torch.no_grad():
        return float(_criterion(net, data[0][rows], data[1][rows]))


def _criterion(net: _Chain, inputs: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    found, last = net(inputs), net.activations[-1]
    if last == SOFTMAX:
        return functional.cross_entropy(found, wanted)
    if last == SIGMOID:
        return functional.binary_cross_entropy_with_logits(found, wanted)
    return functional.mse_loss(_MODULES[last](found), wanted)
