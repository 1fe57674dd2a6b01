"""Feature tables as the blocks of a fusion: scaled, gaps told apart from values.

Shapes: N things, W numbers of one kind.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
CLIP = 5.0  # deviations; one mistyped year must not drown the rest


@dataclass(frozen=True)
class Scale:
    """Where a kind's numbers lie and how far they spread: float32 (W,) both."""

    centre: Floats
    spread: Floats

    def apply(self, table_NW: NDArray[Any]) -> tuple[Floats, Bools]:
        """Return scaled numbers with 0 in every gap, and which rows (N,) have any number at all."""
        finite_NW = np.isfinite(table_NW)
        scaled_NW = (np.where(finite_NW, table_NW, self.centre) - self.centre) / self.spread
        clipped_NW = np.clip(scaled_NW, -CLIP, CLIP).astype(np.float32)
        return clipped_NW, np.asarray(finite_NW.any(axis=1))


def measure(table_NW: NDArray[Any]) -> Scale:
    """Return the scale of a table: means and deviations of its finite numbers.

    Numbers, columns of 0 and 1 for categories, and embeddings of texts or images are all treated so.
    """
    finite_NW = np.isfinite(table_NW)
    counts_W = np.maximum(finite_NW.sum(axis=0), 1)
    filled_NW = np.where(finite_NW, table_NW, 0.0).astype(np.float64)
    centre_W = filled_NW.sum(axis=0) / counts_W
    squares_W = np.square(np.where(finite_NW, filled_NW - centre_W, 0.0)).sum(axis=0) / counts_W
    spread_W = np.sqrt(squares_W)
    spread_W = np.where(spread_W > 1e-6, spread_W, 1.0)
    return Scale(centre_W.astype(np.float32), spread_W.astype(np.float32))
