"""Metrics of ranking and of ratings. Ties always count against the positive.

Shapes: B lists (users), K places, C candidates, N ratings.
"""

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


def ranks(positive_B: Floats, others_BC: Floats) -> Ints:
    """Return the 0-based rank of each positive among its other candidates, int64 (B,).

    A candidate with an equal score, or a positive that is NaN, counts against the positive; candidates
    that are NaN or -inf never stand before it.
    """
    ahead_BC = others_BC >= positive_B[:, None]
    lost_BC = np.isnan(positive_B)[:, None] & ~np.isnan(others_BC)
    masked_BC = np.isneginf(others_BC)
    ranks_B = ((ahead_BC | lost_BC) & ~masked_BC).sum(axis=1)
    return np.asarray(ranks_B, dtype=np.int64)


def hit_rate(ranks_B: Ints, k: int) -> float:
    """Return the share of positives that stand in the first k places."""
    return float((ranks_B < k).mean())


def ndcg_of_ranks(ranks_B: Ints, k: int) -> float:
    """Return the mean of 1/log2(rank + 2) for positives in the first k places, 0 beyond.

    Source: He et al. 2017 (NCF), leave-one-out.
    """
    gains_B = np.where(ranks_B < k, 1.0 / np.log2(ranks_B + 2.0), 0.0)
    return float(gains_B.mean())


def precisions(hits_BK: Bools) -> NDArray[np.float64]:
    """Return each list's share of relevant places, float64 (B,)."""
    return np.asarray(hits_BK.mean(axis=1), dtype=np.float64)


def precision(hits_BK: Bools) -> float:
    """Return the mean share of the K places that are relevant."""
    return float(precisions(hits_BK).mean())


def recalls(hits_BK: Bools, relevant_B: Ints) -> NDArray[np.float64]:
    """Return the share of each list's relevant items that stand in its K places, float64 (B,).

    Args:
        hits_BK: True where the item at that place is relevant.
        relevant_B: number of relevant items of each list, at least 1.
    """
    return np.asarray(hits_BK.sum(axis=1) / relevant_B, dtype=np.float64)


def recall(hits_BK: Bools, relevant_B: Ints) -> float:
    """Return the mean of `recalls`."""
    return float(recalls(hits_BK, relevant_B).mean())


def ndcgs(hits_BK: Bools, relevant_B: Ints) -> NDArray[np.float64]:
    """Return each list's NDCG with binary gains, float64 (B,); the ideal has min(K, relevant) hits.

    Source: Jarvelin & Kekalainen 2002, with log2(place + 1).
    """
    k = hits_BK.shape[1]
    discounts_K = 1.0 / np.log2(np.arange(2, k + 2))
    ideal_K = np.cumsum(discounts_K)
    found_B = hits_BK @ discounts_K
    return np.asarray(found_B / ideal_K[np.minimum(relevant_B, k) - 1], dtype=np.float64)


def ndcg(hits_BK: Bools, relevant_B: Ints) -> float:
    """Return the mean of `ndcgs`."""
    return float(ndcgs(hits_BK, relevant_B).mean())


def average_precisions(hits_BK: Bools, relevant_B: Ints) -> NDArray[np.float64]:
    """Return each list's average precision at its hits, over min(K, relevant), float64 (B,)."""
    k = hits_BK.shape[1]
    at_place_BK = np.cumsum(hits_BK, axis=1) / np.arange(1, k + 1)
    summed_B = (at_place_BK * hits_BK).sum(axis=1)
    return np.asarray(summed_B / np.minimum(relevant_B, k), dtype=np.float64)


def mean_average_precision(hits_BK: Bools, relevant_B: Ints) -> float:
    """Return the mean of `average_precisions`."""
    return float(average_precisions(hits_BK, relevant_B).mean())


def coverage(items_BK: Ints, n_items: int) -> float:
    """Return the share of the catalogue that appears in at least one list; -1 pads."""
    return len(np.unique(items_BK[items_BK >= 0])) / n_items


def rmse(predicted_N: Floats, actual_N: Floats) -> float:
    """Return the root of the mean squared error."""
    return float(np.sqrt(np.mean((predicted_N.astype(np.float64) - actual_N) ** 2)))


def mae(predicted_N: Floats, actual_N: Floats) -> float:
    """Return the mean absolute error."""
    return float(np.mean(np.abs(predicted_N.astype(np.float64) - actual_N)))
