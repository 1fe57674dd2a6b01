"""How far a mean over users may be off by chance: percentile bootstrap.

Shapes: B users, M figures.
"""

import numpy as np
from numpy.typing import NDArray

from ml.common import seeds

RESAMPLES = 1000
LEVEL = 0.95


def intervals(
    values_BM: NDArray[np.float64], seed: int, *, resamples: int = RESAMPLES, level: float = LEVEL
) -> NDArray[np.float64]:
    """Return low and high of each figure's mean, float64 (M, 2); NaN without users.

    Users are drawn with replacement, each with all their figures, so the M intervals belong together; given
    differences of two models on the same users this is the paired interval. Source: Efron 1979.
    """
    n, figures = values_BM.shape
    if n == 0:
        return np.full((figures, 2), np.nan)
    rng = seeds.generator(seed, "bootstrap")
    means_RM = np.empty((resamples, figures))
    for row in range(resamples):
        weights_B = np.bincount(rng.integers(0, n, n), minlength=n)
        means_RM[row] = weights_B @ values_BM / n
    tail = (1.0 - level) / 2
    return np.quantile(means_RM, (tail, 1.0 - tail), axis=0).T
