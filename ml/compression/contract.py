"""What a compression method is given and what it answers.

A method takes a bundle and material (real inputs) and returns a smaller bundle of the same signature, or says
in words why it does not apply.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import Bundle
from ml.common.progress import Progress, SilentProgress

Tensors = Mapping[str, NDArray[Any]]
SILENT: Progress = SilentProgress()


class NotApplicableError(ValueError):
    """The method cannot compress this model; the message says why."""


@dataclass(frozen=True)
class Material:
    """Real data that methods calibrate and learn on; never the rows quality is reported on.

    Attributes:
        inputs: tensor name -> rows; every tensor has the same first length N. Empty without data.
        seed: of every random number.
        progress: stops long work.
    """

    inputs: Tensors = field(default_factory=dict)
    seed: int = 0
    progress: Progress = SILENT

    @property
    def rows(self) -> int:
        """N; 0 without data."""
        return min((len(each) for each in self.inputs.values()), default=0)

    def rng(self) -> np.random.Generator:
        """Return a new generator of the seed."""
        return np.random.default_rng(self.seed)


Compress = Callable[[Bundle, Material], Bundle]


@dataclass(frozen=True)
class Method:
    """One way to make a model smaller or faster.

    Attributes:
        name: as asked for.
        compress: does it; raises NotApplicableError.
        least_rows: of material it needs.
    """

    name: str
    compress: Compress
    least_rows: int = 0

    def __call__(self, bundle: Bundle, material: Material) -> Bundle:
        """Compress a bundle.

        Raises:
            NotApplicableError: with the reason.
        """
        if material.rows < self.least_rows:
            raise NotApplicableError(
                f"{self.name} learns from at least {self.least_rows} rows of data; "
                f"{material.rows} were given."
            )
        return self.compress(bundle, material)
