"""Logistic regression with a ridge penalty, on signed logarithms brought to mean 0 and deviation 1.

Amounts and counts are skewed over decades; the signed logarithm puts a step of twice as much anywhere on
one scale. A missing value counts as the mean and so adds nothing. Constraints of direction are bounds of the
coefficients. Solved by L-BFGS-B (scipy), exact gradients.

Shapes: N rows, F features.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ml.common.onnx_build import GraphBuilder
from ml.common.progress import Progress, TrainingStoppedError
from ml.fraud.errors import ModelStateError, NotFittedError, SettingsError
from ml.fraud.examples import Doubles, Examples, Floats
from ml.fraud.models.contract import SILENT, Arrays, Model
from ml.fraud.models.scaling import Scaling


@dataclass(frozen=True)
class LogisticParams:
    """Settings.

    Attributes:
        penalty: of squared coefficients, per row and in units of the loss of one fraud: it
            weighs the same whatever the number of rows.
        fraud_weight: of each fraud; it moves margins, which calibration mends.
        iterations: at most.
    """

    penalty: float = 0.01
    fraud_weight: float = 1.0
    iterations: int = 300

    def __post_init__(self) -> None:
        if self.penalty < 0 or self.fraud_weight <= 0 or not 1 <= self.iterations <= 10_000:
            raise SettingsError("penalty >= 0, fraud_weight > 0, iterations 1 to 10000.")


class Logistic(Model):
    """See the file."""

    kind = "logistic"
    takes_monotone = True

    def __init__(
        self, params: LogisticParams | None = None, monotone_F: tuple[int, ...] = ()
    ) -> None:
        self.params = params or LogisticParams()
        self.monotone = monotone_F
        self._scaling: Scaling | None = None
        self._weights = np.zeros(0)
        self._start = 0.0

    def fit(self, examples: Examples, progress: Progress = SILENT) -> Self:
        """Learn; see Model."""
        scaling = Scaling.of(examples.features)
        table = scaling(examples.features).astype(np.float64)
        fraud_N = (examples.labels == 1).astype(np.float64)
        weights_N = np.where(fraud_N == 1, self.params.fraud_weight, 1.0)
        strength = self.params.penalty * max(fraud_N.mean(), 1e-6)

        def loss(given: Doubles) -> tuple[float, Doubles]:
            if progress.should_stop():
                raise TrainingStoppedError("Stopped while fitting.")
            logits = table @ given[:-1] + given[-1]
            slip = weights_N * (1 / (1 + np.exp(-np.clip(logits, -80, 80))) - fraud_N) / len(table)
            value = (weights_N * (np.logaddexp(0.0, logits) - fraud_N * logits)).mean()
            penalty = 0.5 * strength * (given[:-1] @ given[:-1])
            slope = np.append(table.T @ slip + strength * given[:-1], slip.sum())
            return float(value + penalty), slope

        share = (weights_N * fraud_N).sum() / weights_N.sum()
        start = np.append(np.zeros(table.shape[1]), np.log(share / (1 - share)))
        settings: Any = {"maxiter": self.params.iterations, "ftol": 1e-10}
        found = minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=self._bounds(), options=settings
        )
        self._scaling, self._weights, self._start = scaling, found.x[:-1], float(found.x[-1])
        return self

    def margins(self, features_NF: Floats) -> Floats:
        """Return the log-odds."""
        z_NF = self._fitted()(features_NF)
        return np.asarray(z_NF @ self._weights + self._start, dtype=np.float32)

    def contributions(self, features_NF: Floats) -> Floats:
        """Return coefficient x (value - mean): exact Shapley values of a linear model."""
        z_NF = self._fitted()(features_NF)
        start_N1 = np.full((len(z_NF), 1), self._start)
        return np.hstack([z_NF * self._weights, start_N1]).astype(np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return scale, coefficients and start."""
        own = {"weights": self._weights, "start": np.array([self._start])}
        return own | self._fitted().to_arrays()

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore."""
        made = cls()
        try:
            made._scaling = Scaling.from_arrays(arrays)
            made._weights, made._start = arrays["weights"], float(arrays["start"][0])
        except (KeyError, IndexError) as error:
            raise ModelStateError(f"The stored model lacks {error}.") from error
        if len(made._weights) != len(made._scaling.mean):
            raise ModelStateError("The stored coefficients and scales differ in number.")
        return made

    @property
    def n_features(self) -> int:
        """Coefficients."""
        return len(self._fitted().mean)

    def network(self) -> bytes | None:
        """Return scaling and sum as an ONNX network."""
        graph = GraphBuilder()
        z = self._fitted().add_to(graph, "x")
        weights_F1 = self._weights.astype(np.float32)[:, None]
        product = graph.node("MatMul", z, graph.weight(weights_F1))
        total = graph.node("Add", product, graph.number(self._start))
        flat = graph.node("Reshape", total, graph.integers(-1))
        return bytes(graph.dump({"x": ["n", self.n_features]}, flat, ["n"]).tobytes())

    def _bounds(self) -> list[tuple[float | None, float | None]] | None:
        if not any(self.monotone):
            return None
        of = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
        return [*(of[sign] for sign in self.monotone), (None, None)]

    def _fitted(self) -> Scaling:
        if self._scaling is None:
            raise NotFittedError("The model was not fitted yet.")
        return self._scaling
