"""What each person would be shown, and which of it they chose afterwards.

Shapes: B lists (one per user), K places, I items.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common import metrics
from ml.recommendation.data import Floats, Ints
from ml.recommendation.topn import top_n

BLOCK_BYTES = 64 * 2**20
RANKED = ("hr", "recall", "precision", "ndcg", "map")
"""Figures of each list, in the order of `Lists.figures`."""


@dataclass(frozen=True)
class Lists:
    """Top-K lists with their truth.

    Attributes:
        items: int64 (B, K), best first, padded with -1.
        hits: bool (B, K), True where the item at that place was held out.
        relevant: int64 (B,), held-out items of each list, at least 1.
    """

    items: Ints
    hits: NDArray[np.bool_]
    relevant: Ints

    def __len__(self) -> int:
        return len(self.relevant)

    def figures(self, k: int) -> NDArray[np.float64]:
        """Return RANKED of each list within its first k places, float64 (B, 5)."""
        hits_BK = self.hits[:, :k]
        columns = (
            hits_BK.any(axis=1).astype(np.float64),
            metrics.recalls(hits_BK, self.relevant),
            metrics.precisions(hits_BK),
            metrics.ndcgs(hits_BK, self.relevant),
            metrics.average_precisions(hits_BK, self.relevant),
        )
        return np.stack(columns, axis=1)


def make(
    scores_of: Callable[[slice], Floats],
    seen_BI: sp.csr_matrix,
    held_out_BI: sp.csr_matrix,
    k: int,
) -> Lists:
    """Rank everything a user has not touched, and mark what was held out.

    Args:
        scores_of: rows of the B users -> their score of every item, (rows, I); may be changed; -inf
            where an item cannot be shown, so that one held out counts as missed.
        seen_BI: what stays out of the lists.
        held_out_BI: the truth; a stored entry is one held-out item.
        k: length of the lists.
    """
    n_lists, n_items = held_out_BI.shape
    items_BK = np.full((n_lists, k), -1, dtype=np.int64)
    block = max(1, BLOCK_BYTES // (4 * n_items))
    for start in range(0, n_lists, block):
        rows = slice(start, min(start + block, n_lists))
        items_BK[rows] = top_n(scores_of(rows), k, seen_BI[rows])[0]
    relevant_B = np.diff(held_out_BI.indptr).astype(np.int64)
    return Lists(items_BK, _hits(items_BK, held_out_BI), relevant_B)


def _hits(items_BK: Ints, held_out_BI: sp.csr_matrix) -> NDArray[np.bool_]:
    n_lists, n_items = held_out_BI.shape
    row_M = np.repeat(np.arange(n_lists, dtype=np.int64), np.diff(held_out_BI.indptr))
    truth_M = row_M * n_items + held_out_BI.indices
    shown_BK = np.arange(n_lists, dtype=np.int64)[:, None] * n_items + items_BK
    return np.asarray((items_BK >= 0) & np.isin(shown_BK, truth_M))
