"""What lists are worth beyond being right: coverage, novelty, diversity, and whose items they show.

Shapes: B lists, K places, I items, D numbers that describe an item.
"""

import numpy as np
import scipy.sparse as sp

from ml.common import metrics
from ml.recommendation.data import Floats, Ints


def coverage(items_BK: Ints, n_items: int) -> float:
    """Return the share of the catalogue that somebody is shown."""
    return metrics.coverage(items_BK, n_items)


def novelty(items_BK: Ints, counts_I: Floats, n_users: int) -> float:
    """Return the mean surprise of a shown item in bits: -log2 of the share of users who touched it.

    An item nobody touched counts as touched by one. Source: Vargas & Castells 2011, self-information.
    """
    shown_M = items_BK[items_BK >= 0]
    if len(shown_M) == 0:
        return 0.0
    share_M = np.maximum(counts_I[shown_M], 1.0) / n_users
    return float(-np.log2(share_M).mean())


def diversity(items_BK: Ints, vectors_ID: sp.csr_matrix | Floats) -> float:
    """Return the mean over lists of 1 - the mean cosine between any two of a list's items.

    An item whose vector is nought is unlike every other. Lists of fewer than two items say nothing
    and are left out. Source: Ziegler et al. 2005 (intra-list similarity), over pairs.
    """
    n_lists = len(items_BK)
    rows_M, places_M = np.nonzero(items_BK >= 0)
    shape = (n_lists, vectors_ID.shape[0])
    ones_M = np.ones(len(rows_M))
    chosen_BI = sp.csr_matrix((ones_M, (rows_M, items_BK[rows_M, places_M])), shape=shape)
    unit_ID = _unit(sp.csr_matrix(vectors_ID, dtype=np.float64))
    sizes_B = np.diff(chosen_BI.indptr)
    # the cosines of all ordered pairs add up to |sum|^2 less each item with itself
    sum_BD = chosen_BI @ unit_ID
    whole_B = np.asarray(sum_BD.multiply(sum_BD).sum(axis=1)).ravel()
    itself_B = chosen_BI @ np.asarray(unit_ID.multiply(unit_ID).sum(axis=1)).ravel()
    enough_B = sizes_B >= 2
    if not enough_B.any():
        return 0.0
    pairs_B = (sizes_B * (sizes_B - 1.0))[enough_B]
    return float(1.0 - ((whole_B - itself_B)[enough_B] / pairs_B).mean())


def _unit(vectors_ID: sp.csr_matrix) -> sp.csr_matrix:
    norms_I = np.sqrt(np.asarray(vectors_ID.multiply(vectors_ID).sum(axis=1)).ravel())
    inverse_I = np.divide(1.0, norms_I, out=np.zeros_like(norms_I), where=norms_I > 0)
    return sp.csr_matrix(sp.diags(inverse_I) @ vectors_ID)


def exposure(items_BK: Ints, band_I: Ints, n_bands: int) -> list[float]:
    """Return which share of all shown places each band of items takes."""
    shown_M = items_BK[items_BK >= 0]
    counted = np.bincount(band_I[shown_M], minlength=n_bands)[:n_bands]
    return [float(share) for share in counted / max(len(shown_M), 1)]
