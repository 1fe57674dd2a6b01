"""The k best of many scores, exact.

Shapes: B rows, I items, K answers.
"""

import numpy as np
import scipy.sparse as sp

from ml.recommendation.data import Floats, Ints


def top_n(scores_BI: Floats, k: int, seen_BI: sp.csr_matrix | None = None) -> tuple[Ints, Floats]:
    """Return the k largest of each row, best first, equal scores in order of index.

    Args:
        scores_BI: float32 (B, I), changed in place where items are masked; NaN and -inf never win.
        k: at least 1; rows with fewer items to offer are padded.
        seen_BI: items to leave out.

    Returns:
        items int64 (B, k) padded with -1; scores float32 (B, k) padded with NaN.
    """
    if seen_BI is not None:
        rows_M = np.repeat(np.arange(seen_BI.shape[0]), np.diff(seen_BI.indptr))
        scores_BI[rows_M, seen_BI.indices] = -np.inf
    n_rows, n_items = scores_BI.shape
    width = min(k, n_items)
    items_BK = np.full((n_rows, k), -1, dtype=np.int64)
    best_BK = np.full((n_rows, k), np.nan, dtype=np.float32)
    for row in range(n_rows):
        top = best(scores_BI[row], width)
        items_BK[row, : len(top)] = top
        best_BK[row, : len(top)] = scores_BI[row, top]
    return items_BK, best_BK


def best(scores_I: Floats, width: int) -> Ints:
    """Return the places of at most `width` largest scores, best first, ties in order of index.

    NaN and -inf never win.
    """
    if width < len(scores_I):
        edge = np.partition(scores_I, len(scores_I) - width)[len(scores_I) - width]
        candidates = np.flatnonzero(scores_I >= edge)
    if width >= len(scores_I) or len(candidates) < width or edge == -np.inf:  # NaN sorts last
        candidates = _finite(scores_I)
    order = np.argsort(-scores_I[candidates], kind="stable")[:width]
    return candidates[order]


def _finite(scores_I: Floats) -> Ints:
    return np.flatnonzero(scores_I > -np.inf)
