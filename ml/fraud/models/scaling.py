"""Features as comparable numbers: signed logarithm, mean 0, deviation 1, within 8 deviations, missing = mean.

Shapes: N rows, F features.
"""

import warnings
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ml.common.onnx_build import GraphBuilder
from ml.fraud.errors import ModelStateError
from ml.fraud.examples import Floats
from ml.fraud.models.contract import Arrays

MOST = 8.0


@dataclass(frozen=True)
class Scaling:
    """Learned on training rows; float32 (F,) both. A feature that never varies becomes 0."""

    mean: Floats
    scale: Floats

    @classmethod
    def of(cls, features_NF: Floats) -> Self:
        """Learn means and deviations."""
        logs_NF = _logs(features_NF)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a column without any value
            mean_F, deviation_F = np.nanmean(logs_NF, axis=0), np.nanstd(logs_NF, axis=0)
        fixed_F = ~(deviation_F > 1e-6)
        scale_F = np.where(fixed_F, 0.0, 1.0 / np.where(fixed_F, 1.0, deviation_F))
        return cls(np.nan_to_num(mean_F).astype(np.float32), scale_F.astype(np.float32))

    def __call__(self, features_NF: Floats) -> Floats:
        """Return the scaled rows, float32 (N, F)."""
        z_NF = (_logs(features_NF) - self.mean) * self.scale
        return np.asarray(np.clip(np.nan_to_num(z_NF), -MOST, MOST), dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the numbers."""
        return {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore.

        Raises:
            ModelStateError: something is missing.
        """
        if "mean" not in arrays or "scale" not in arrays:
            raise ModelStateError("The stored model lacks its scales.")
        if arrays["mean"].shape != arrays["scale"].shape:
            raise ModelStateError("The stored scales do not fit together.")
        return cls(arrays["mean"], arrays["scale"])

    def add_to(self, graph: GraphBuilder, x: str) -> str:
        """Add the same steps to a network."""
        one = graph.number(1.0)
        size = graph.node("Log", graph.node("Add", graph.node("Abs", x), one))
        logs = graph.node("Mul", graph.node("Sign", x), size)
        z = graph.node(
            "Mul", graph.node("Sub", logs, graph.weight(self.mean)), graph.weight(self.scale)
        )
        known = graph.node("Where", graph.node("IsNaN", x), graph.number(0.0), z)
        low = graph.weight(np.array(-MOST, dtype=np.float32))
        high = graph.weight(np.array(MOST, dtype=np.float32))
        return graph.node("Clip", known, low, high)


def _logs(features_NF: Floats) -> Floats:
    return np.asarray(np.sign(features_NF) * np.log1p(np.abs(features_NF)), dtype=np.float32)
