"""Reasons of any model: how far the margin drops when one feature takes its normal value.

Effects that two features only have together are counted for neither, or for both: the rest goes to the last
column, so that a row still adds up.

Shapes: N rows, F features.
"""

from collections.abc import Callable

import numpy as np

from ml.fraud.examples import Floats

ROWS = 256  # of a block: F + 1 variants of each are in memory at once


def occluded(margins: Callable[[Floats], Floats], features_NF: Floats, normal_F: Floats) -> Floats:
    """Return float32 (N, F + 1): the drop per feature, and what is left of the margin."""
    parts = [
        _block(margins, features_NF[at : at + ROWS], normal_F)
        for at in range(0, len(features_NF), ROWS)
    ]
    width = len(normal_F) + 1
    return np.concatenate(parts) if parts else np.empty((0, width), dtype=np.float32)


def _block(margins: Callable[[Floats], Floats], features_BF: Floats, normal_F: Floats) -> Floats:
    rows, width = features_BF.shape
    variants = np.repeat(features_BF[None], width + 1, axis=0)
    each_F = np.arange(width)
    variants[each_F, :, each_F] = normal_F[:, None]
    found = margins(variants.reshape(-1, width)).reshape(width + 1, rows)
    drops_BF = (found[-1] - found[:-1]).T
    rest_B1 = (found[-1] - drops_BF.sum(axis=1))[:, None]
    return np.hstack([drops_BF, rest_B1]).astype(np.float32)
