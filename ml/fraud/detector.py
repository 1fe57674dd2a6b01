"""A fitted detector: a model, its calibration and what its features are called.

Shapes: N rows, F features.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import Bundle
from ml.fraud import packing
from ml.fraud.calibration import Calibration
from ml.fraud.counterfactual import Counterfactual, nearest
from ml.fraud.errors import ShapeError
from ml.fraud.examples import Floats
from ml.fraud.models.contract import Model

BLOCK = 65_536  # rows scored at once: bounds what a large table holds in memory


@dataclass(frozen=True)
class Detector:
    """Scores events; immutable and safe from several threads.

    Attributes:
        model: fitted.
        calibration: from the model's margin to a probability.
        names: of the features, in order.
        normal: float32 (F,), the median of each feature among honest events; what a counterfactual moves to.
        report: JSON-able: `model`, `settings`, `words`, `why`, `trials`, `validation` (figures on rows the
            judged model had not learned from, or None), `rows`, `frauds`, `seconds`.
    """

    model: Model
    calibration: Calibration
    names: tuple[str, ...]
    normal: Floats
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The kind of the model."""
        return self.model.kind

    def margins(self, features_NF: NDArray[Any]) -> Floats:
        """Return what the model says before calibration, float32 (N,).

        Raises:
            ShapeError: another number of features.
        """
        table = self._table(features_NF)
        parts = [self.model.margins(table[at : at + BLOCK]) for at in range(0, len(table), BLOCK)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)

    def score(self, features_NF: NDArray[Any]) -> Floats:
        """Return the risk of each row in [0, 1], float32 (N,).

        Args:
            features_NF: numbers in the order of `names`; NaN where a value is missing.

        Raises:
            ShapeError: another number of features.
        """
        return self.calibration(self.margins(features_NF))

    def explain(self, features_NF: NDArray[Any]) -> Floats:
        """Return what each feature adds to the margin, float32 (N, F + 1).

        The last column is the start every row has; a row adds up to its margin (log-odds before
        calibration), so positive means more suspicious.

        Raises:
            ShapeError: another number of features.
        """
        return self.model.contributions(self._table(features_NF))

    def counterfactuals(
        self, features_F: NDArray[Any], threshold: float, *, most: int = 3
    ) -> list[Counterfactual]:
        """Return the smallest changes of one feature each that bring the score below the threshold.

        Args:
            features_F: one row.
            threshold: of the score, in (0, 1).
            most: how many answers.
        """
        row_F = self._table(np.asarray(features_F)[None])[0]
        return nearest(self.score, row_F, self.normal, self.names, threshold)[:most]

    def bundle(self, attributes: Mapping[str, Any] | None = None) -> Bundle:
        """Return what is stored and served: data only; `attributes` are added to the manifest's."""
        parts = packing.Parts(
            self.model, self.calibration, self.names, self.normal, dict(self.report)
        )
        return packing.pack(parts, attributes or {})

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> Self:
        """Restore.

        Raises:
            BundleError, ModelStateError: the files do not fit together.
        """
        parts = packing.unpack(bundle)
        return cls(parts.model, parts.calibration, parts.names, parts.normal, parts.report)

    def _table(self, features_NF: NDArray[Any]) -> Floats:
        table = np.asarray(features_NF, dtype=np.float32)
        if table.ndim != 2 or table.shape[1] != len(self.names):
            raise ShapeError(
                f"The detector takes {len(self.names)} features per row, not shape {list(table.shape)}."
            )
        if np.isinf(table).any():
            table = np.where(np.isinf(table), np.float32(np.nan), table)
        return table
