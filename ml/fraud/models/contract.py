"""The one contract of every model that tells fraud from honest events.

A model implements the abstract methods; the conformance test (tests/ml/fraud/conformance.py) is run
against every one. What is served is arrays: nothing needs torch once it is fitted.

Shapes: N rows, F features.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ml.common.progress import Progress, SilentProgress
from ml.fraud.examples import Examples, Floats

Arrays = Mapping[str, NDArray[Any]]
SILENT: Progress = SilentProgress()


class Model(ABC):
    """Gives every row a margin; larger is more suspicious. Thread-safe once fitted.

    Margins of models that learn from labels are log-odds before calibration; those of the others are
    standardised strangeness.
    """

    kind: ClassVar[str]
    needs_labels: ClassVar[bool] = True
    takes_monotone: ClassVar[bool] = False
    """True: `monotone` constraints can be kept."""

    @abstractmethod
    def fit(self, examples: Examples, progress: Progress = SILENT) -> Self:
        """Learn; the same examples, parameters and seed give the same model.

        Raises:
            FraudDataError: the data cannot be learned from.
            TrainingStoppedError: `progress.should_stop()` became true.
        """

    @abstractmethod
    def margins(self, features_NF: Floats) -> Floats:
        """Return the margin of every row, float32 (N,)."""

    @abstractmethod
    def contributions(self, features_NF: Floats) -> Floats:
        """Return what each feature adds to the margin, float32 (N, F + 1).

        The last column is what a row has before anything is known of it; every row adds up to its margin.
        """

    @abstractmethod
    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the learned state as named arrays."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore a fitted model.

        Raises:
            ModelStateError: arrays are missing or do not fit together.
        """

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Features the model was fitted on."""

    def network(self) -> bytes | None:
        """Return the margins as an ONNX network `x` (N, F) -> `y` (N,), or None if there is none."""
        return None

    @property
    def size_bytes(self) -> int:
        """Memory of the learned state."""
        return int(sum(np.asarray(each).nbytes for each in self.to_arrays().values()))
