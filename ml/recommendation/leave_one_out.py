"""What each item of a history adds to a score, for any model: leave it out and score again.

Shapes: I items, K items asked about, H items of the history, L of them left out in turn.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from ml.recommendation.data import Floats, Ints

MOST = 50  # items left out in turn: one fold-in of 51 histories


def contributions(
    fold_in: Callable[[sp.csr_matrix], Floats],
    history_1I: sp.csr_matrix,
    items_K: Ints,
    *,
    ordered: bool,
) -> Floats:
    """Return the drop in score of each item without each of the history's latest items, float32 (K, H)."""
    drops_KH = np.zeros((len(items_K), history_1I.nnz), dtype=np.float32)
    if history_1I.nnz == 0:
        return drops_KH
    order_H = np.argsort(history_1I.data, kind="stable") if ordered else np.arange(history_1I.nnz)
    left_out_L = order_H[-MOST:]
    scores_LK = fold_in(_without_each(history_1I, left_out_L))[:, items_K]
    drops_KH[:, left_out_L] = (scores_LK[0] - scores_LK[1:]).T
    return drops_KH


def _without_each(history_1I: sp.csr_matrix, left_out_L: Ints) -> sp.csr_matrix:
    """Return the whole history, then the history without each of the given places."""
    size = history_1I.nnz
    kept = [np.arange(size), *(np.delete(np.arange(size), place) for place in left_out_L)]
    starts = np.cumsum([0, *(len(each) for each in kept)])
    places_M = np.concatenate(kept)
    parts = (history_1I.data[places_M], history_1I.indices[places_M], starts)
    return sp.csr_matrix(parts, shape=(len(kept), history_1I.shape[1]))
