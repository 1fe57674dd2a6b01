"""Autoencoder: an event is strange when it cannot be written shortly; learns without labels.

F -> width -> width/4 -> width -> F with ELU, squared error on scaled features, Adam, trained by torch on
rows not known to be fraud; the margin is the standardised logarithm of the mean squared error. What is kept
are four matrices, run by numpy or ONNX Runtime.

Shapes: N rows, F features.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ml.common.onnx_build import GraphBuilder
from ml.common.progress import Progress, TrainingStoppedError
from ml.fraud.errors import ModelStateError, NotFittedError, SettingsError
from ml.fraud.examples import Examples, Floats
from ml.fraud.models.contract import SILENT, Arrays, Model
from ml.fraud.models.scaling import Scaling

LAYERS = 4
_FLOOR = 1e-6


@dataclass(frozen=True)
class AutoencoderParams:
    """Settings."""

    width: int = 32
    epochs: int = 8
    learning_rate: float = 3e-3
    batch: int = 256
    seed: int = 0

    def __post_init__(self) -> None:
        if not (4 <= self.width <= 1_024 and 1 <= self.epochs <= 1_000 and self.batch >= 1):
            raise SettingsError("width: 4 to 1024; epochs: 1 to 1000; batch: 1 at least.")


class Autoencoder(Model):
    """See the file."""

    kind = "autoencoder"
    needs_labels = False

    def __init__(self, params: AutoencoderParams | None = None) -> None:
        self.params = params or AutoencoderParams()
        self._scaling: Scaling | None = None
        self._layers: list[tuple[Floats, Floats]] = []
        self._scale = np.array([0.0, 1.0])

    def fit(self, examples: Examples, progress: Progress = SILENT) -> Self:
        """Learn; see Model."""
        honest = examples.features[examples.labels != 1]
        self._scaling = Scaling.of(honest)
        self._layers = _trained(self._scaling(honest), self.params, progress)
        self._scale = np.array([0.0, 1.0])
        margins = self.margins(honest[:: max(1, len(honest) // 20_000)])
        self._scale = np.array([float(margins.mean()), max(float(margins.std()), 1e-6)])
        return self

    def margins(self, features_NF: Floats) -> Floats:
        """Return how badly each row is rebuilt."""
        z_NF = self._fitted()(features_NF)
        return self._margins(self._gaps(z_NF))

    def contributions(self, features_NF: Floats) -> Floats:
        """Return each feature's share of the squared error, of what is above an event of means."""
        square_NF = self._gaps(self._fitted()(features_NF)) ** 2
        means_1F = np.zeros((1, self.n_features), dtype=np.float32)
        start = float(self._margins(self._gaps(means_1F))[0])
        above_N1 = (self._margins(np.sqrt(square_NF)) - start)[:, None]
        shares_NF = square_NF / np.maximum(square_NF.sum(axis=1, keepdims=True), _FLOOR)
        found_NF = above_N1 * shares_NF
        rest_N1 = above_N1 - found_NF.sum(axis=1, keepdims=True) + start
        return np.hstack([found_NF, rest_N1]).astype(np.float32)

    def _gaps(self, z_NF: Floats) -> Floats:
        """Return rebuilt minus given, (N, F)."""
        x = z_NF
        for place, (weight, bias) in enumerate(self._layers):
            x = x @ weight.T + bias
            if place < LAYERS - 1:
                x = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
        return np.asarray(x - z_NF, dtype=np.float32)

    def _margins(self, gaps_NF: Floats) -> Floats:
        error_N = np.log((gaps_NF**2).mean(axis=1) + _FLOOR)
        return np.asarray((error_N - self._scale[0]) / self._scale[1], dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return scales and matrices."""
        named: dict[str, NDArray[Any]] = {**self._fitted().to_arrays(), "error_scale": self._scale}
        for place, (weight, bias) in enumerate(self._layers):
            named |= {f"weight_{place}": weight, f"bias_{place}": bias}
        return named

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore."""
        made = cls()
        try:
            made._scaling = Scaling.from_arrays(arrays)
            made._scale = arrays["error_scale"]
            made._layers = [(arrays[f"weight_{at}"], arrays[f"bias_{at}"]) for at in range(LAYERS)]
        except KeyError as error:
            raise ModelStateError(f"The stored model lacks {error}.") from error
        width = len(made._scaling.mean)
        for weight, bias in made._layers:
            if weight.ndim != 2 or weight.shape != (len(bias), width):
                raise ModelStateError("The stored layers do not fit together.")
            width = len(bias)
        return made

    @property
    def n_features(self) -> int:
        """Features."""
        return len(self._fitted().mean)

    def network(self) -> bytes | None:
        """Return the same steps as an ONNX network."""
        graph = GraphBuilder()
        z = x = self._fitted().add_to(graph, "x")
        for place, (weight, bias) in enumerate(self._layers):
            x = graph.linear(x, weight, bias)
            if place < LAYERS - 1:
                x = graph.node("Elu", x, alpha=1.0)
        gap = graph.node("Sub", x, z)
        square = graph.node("Mul", gap, gap)
        mean = graph.node("ReduceMean", square, graph.integers(1), keepdims=0)
        error = graph.node("Log", graph.node("Add", mean, graph.number(_FLOOR)))
        centred = graph.node("Sub", error, graph.number(float(self._scale[0])))
        margin = graph.node("Div", centred, graph.number(float(self._scale[1])))
        return bytes(graph.dump({"x": ["n", self.n_features]}, margin, ["n"]).tobytes())

    def _fitted(self) -> Scaling:
        if self._scaling is None or not self._layers:
            raise NotFittedError("The model was not fitted yet.")
        return self._scaling


def _trained(
    z_NF: Floats, params: AutoencoderParams, progress: Progress
) -> list[tuple[Floats, Floats]]:
    """Return weights and biases after Adam, the same for the same seed."""
    import torch  # noqa: PLC0415  (only where something is fitted)

    width, features = params.width, z_NF.shape[1]
    sizes = [features, width, max(2, width // 4), width, features]
    draws = torch.Generator().manual_seed(params.seed)
    weights = [
        torch.randn(to, came, generator=draws).mul_(came**-0.5).requires_grad_()
        for came, to in pairwise(sizes)
    ]
    biases = [torch.zeros(to, requires_grad=True) for to in sizes[1:]]
    steps = torch.optim.Adam([*weights, *biases], lr=params.learning_rate)
    table = torch.from_numpy(np.ascontiguousarray(z_NF))
    for epoch in range(params.epochs):
        if progress.should_stop():
            raise TrainingStoppedError("Stopped while training.")
        for rows in torch.randperm(len(table), generator=draws).split(params.batch):
            x = target = table[rows]
            for place, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
                x = torch.nn.functional.linear(x, weight, bias)
                x = torch.nn.functional.elu(x) if place < LAYERS - 1 else x
            loss = ((x - target) ** 2).mean()
            steps.zero_grad()
            loss.backward()
            steps.step()
        progress.metric("reconstruction_error", float(loss.detach()), epoch)
    return [
        (weight.detach().numpy().copy(), bias.detach().numpy().copy())
        for weight, bias in zip(weights, biases, strict=True)
    ]
