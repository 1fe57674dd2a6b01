"""Everything an evaluation says of one model and of two beside each other, as plain numbers.

Shapes: B lists, K places, I items, M figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from ml.recommendation import bootstrap, segments, variety
from ml.recommendation.data import Floats, Ints
from ml.recommendation.lists import RANKED, Lists

SEGMENT_RESAMPLES = 300
FEWEST = 5  # below, a segment's figure would be about persons
SHOWN_ITEMS = 5


@dataclass(frozen=True)
class Ground:
    """What all compared models are measured against.

    Attributes:
        counts: float32 (I,), interactions of each item in what was learned from.
        n_users: users of what was learned from.
        vectors: (I, D), what items are like: attributes, or who touched them.
        held_out: sparse (B, I), the truth; every stored entry is above 0.
        parts: of the users.
        seed: of the intervals.
    """

    counts: Floats
    n_users: int
    vectors: sp.csr_matrix | Floats
    held_out: sp.csr_matrix
    parts: Sequence[segments.Segment]
    seed: int = 0


def of(found: Lists, ground: Ground, ks: Sequence[int]) -> dict[str, Any]:
    """Return `figures` and `beyond` at each K, `bands` and `segments` at the middle one.

    A figure is [value, low, high]: the mean over users and its 95 % interval.
    """
    middle = main_k(ks)
    band_I = segments.popularity_bands(ground.counts)
    figures: dict[str, list[float]] = {}
    for k in ks:
        values_BM = found.figures(k)
        figures |= _named(values_BM, k, ground.seed, bootstrap.RESAMPLES)
    return {
        "figures": figures,
        "beyond": {name: value for k in ks for name, value in _beyond(found, ground, k).items()},
        "bands": _bands(found.items[:, :middle], ground, band_I),
        "segments": [
            _segment(part, found, ground, middle)
            for part in ground.parts
            if part.rows.sum() >= FEWEST
        ],
    }


def main_k(ks: Sequence[int]) -> int:
    """Return the K that stands for all: 10, or the middle one."""
    return 10 if 10 in ks else sorted(ks)[len(ks) // 2]


def difference(ours: Lists, theirs: Lists, ks: Sequence[int], seed: int) -> dict[str, list[float]]:
    """Return [ours - theirs, low, high] of each figure on the same users, paired."""
    named: dict[str, list[float]] = {}
    for k in ks:
        named |= _named(ours.figures(k) - theirs.figures(k), k, seed, bootstrap.RESAMPLES)
    return named


def _named(
    values_BM: "np.ndarray[Any, np.dtype[np.float64]]", k: int, seed: int, resamples: int
) -> dict[str, list[float]]:
    means_M = values_BM.mean(axis=0)
    bounds_M2 = bootstrap.intervals(values_BM, seed, resamples=resamples)
    return {
        f"{name}@{k}": [round(float(each), 6) for each in (mean, *bounds)]
        for name, mean, bounds in zip(RANKED, means_M, bounds_M2, strict=True)
    }


def _beyond(found: Lists, ground: Ground, k: int) -> dict[str, float]:
    items_BK = found.items[:, :k]
    values = {
        "coverage": variety.coverage(items_BK, len(ground.counts)),
        "novelty": variety.novelty(items_BK, ground.counts, ground.n_users),
        "diversity": variety.diversity(items_BK, ground.vectors),
    }
    return {f"{name}@{k}": round(value, 6) for name, value in values.items()}


def _bands(items_BK: Ints, ground: Ground, band_I: Ints) -> list[dict[str, Any]]:
    """Return each band: its items, its share of interactions, of truth and of places, and its recall."""
    n = len(segments.BANDS)
    truth = np.bincount(band_I[ground.held_out.indices], minlength=n)
    hits = _hits_of_bands(items_BK, ground.held_out, band_I, n)
    places = variety.exposure(items_BK, band_I, n)
    learned = np.bincount(band_I, weights=ground.counts, minlength=n)
    return [
        {
            "band": name,
            "items": int((band_I == at).sum()),
            "learned": round(float(learned[at] / max(learned.sum(), 1.0)), 6),
            "held_out": int(truth[at]),
            "shown": round(places[at], 6),
            "recall": round(float(hits[at] / truth[at]), 6) if truth[at] else None,
        }
        for at, name in enumerate(segments.BANDS)
    ]


def _hits_of_bands(items_BK: Ints, held_out_BI: sp.csr_matrix, band_I: Ints, n: int) -> Ints:
    rows_M, places_M = np.nonzero(items_BK >= 0)
    shown_BI = sp.csr_matrix(
        (np.ones(len(rows_M)), (rows_M, items_BK[rows_M, places_M])), shape=held_out_BI.shape
    )
    found = sp.csr_matrix(shown_BI.multiply(held_out_BI))
    return np.asarray(np.bincount(band_I[found.indices], minlength=n), dtype=np.int64)


def _segment(part: segments.Segment, found: Lists, ground: Ground, k: int) -> dict[str, Any]:
    values_BM = found.figures(k)[part.rows]
    shown_M = found.items[part.rows, :k].ravel()
    counted_I = np.bincount(shown_M[shown_M >= 0], minlength=len(ground.counts))
    top = [int(item) for item in np.argsort(-counted_I, kind="stable")[:SHOWN_ITEMS]]
    return {
        "kind": part.kind,
        "name": part.name,
        "users": int(part.rows.sum()),
        "figures": _named(values_BM, k, ground.seed, SEGMENT_RESAMPLES),
        "items": [[item, int(counted_I[item])] for item in top if counted_I[item]],
    }
