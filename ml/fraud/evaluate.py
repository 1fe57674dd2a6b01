"""How well scores tell fraud: figures on events whose labels are known by now.

Ties never help: average precision takes tied rows as one step; AUC counts a tie as half.

Shapes: N rows (events), K places.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.fraud.examples import Bools, Doubles, Examples

DAY_S = 86_400.0


def auc(scores_N: NDArray[Any], fraud_N: Bools) -> float:
    """Return the chance that a fraud scores above an honest event; NaN without one of either.

    Source: Mann & Whitney 1947.
    """
    scores, fraud = np.asarray(scores_N, dtype=np.float64), np.asarray(fraud_N, dtype=bool)
    frauds, honest = int(fraud.sum()), int((~fraud).sum())
    if not frauds or not honest:
        return float("nan")
    _, place_N, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place_N]
    return float((ranks[fraud].sum() - frauds * (frauds + 1) / 2) / (frauds * honest))


def average_precision(scores_N: NDArray[Any], fraud_N: Bools) -> float:
    """Return the precision at every recall, averaged by the steps of recall; NaN without a fraud."""
    precision, recall, _ = precision_recall(scores_N, fraud_N)
    if not len(precision):
        return float("nan")
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def precision_recall(scores_N: NDArray[Any], fraud_N: Bools) -> tuple[Doubles, Doubles, Doubles]:
    """Return precision, recall and the threshold at each different score, highest first."""
    scores, fraud = np.asarray(scores_N, dtype=np.float64), np.asarray(fraud_N, dtype=bool)
    if not fraud.any():
        return np.empty(0), np.empty(0), np.empty(0)
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = np.cumsum(fraud[order])[last].astype(np.float64)
    return hits / (last + 1.0), hits / hits[-1], scores[order][last]


def card_precision(
    scores_N: NDArray[Any],
    fraud_N: Bools,
    groups_N: NDArray[Any],
    days_N: NDArray[Any],
    k: int = 100,
) -> float:
    """Return the share of defrauded cards among the k most suspicious of each day, mean over days.

    A card found on one day leaves the following days. Source: Dal Pozzolo et al. 2018, the protocol of the
    handbook data.
    """
    scores, fraud = np.asarray(scores_N, dtype=np.float64), np.asarray(fraud_N, dtype=bool)
    found: set[Any] = set()
    shares = []
    for day in np.unique(days_N):
        rows = np.flatnonzero((days_N == day) & ~np.isin(groups_N, list(found)))
        cards, place = np.unique(groups_N[rows], return_inverse=True)
        highest = np.full(len(cards), -np.inf)
        np.maximum.at(highest, place, scores[rows])
        defrauded = np.zeros(len(cards), dtype=bool)
        np.logical_or.at(defrauded, place, fraud[rows])
        top = np.argsort(-highest, kind="stable")[:k]
        hit = cards[top][defrauded[top]]
        shares.append(len(hit) / k)
        found.update(hit.tolist())
    return float(np.mean(shares)) if shares else float("nan")


def alerts(
    scores_N: NDArray[Any], labels_N: NDArray[Any], times_N: Doubles, budget: int
) -> dict[str, Any]:
    """Return what a budget of alerts per day finds, on events whose labels are known.

    Args:
        scores_N: larger is more suspicious.
        labels_N: 1, 0 or NaN where the label has not come yet; those rows take a place of the budget and
            count for neither side, because on that day nobody knew.
        times_N: seconds.
        budget: alerts a day.

    Returns:
        `precision` (of alerts with a label), `recall` (of known frauds), `alerts`, `unlabelled`, `days`,
        `threshold` (the mean of the days' lowest alerted scores).
    """
    scores, labels = np.asarray(scores_N, dtype=np.float64), np.asarray(labels_N)
    days_N = np.floor(times_N / DAY_S)
    picked, lowest = np.zeros(len(scores), dtype=bool), []
    for day in np.unique(days_N):
        rows = np.flatnonzero(days_N == day)
        top = rows[np.argsort(-scores[rows], kind="stable")[:budget]]
        picked[top] = True
        lowest.append(float(scores[top].min()))
    hits, known = int((labels[picked] == 1).sum()), int(np.isfinite(labels[picked]).sum())
    frauds = int((labels == 1).sum())
    return {
        "precision": hits / known if known else None,
        "recall": hits / frauds if frauds else None,
        "alerts": int(picked.sum()),
        "unlabelled": int(picked.sum()) - known,
        "days": len(lowest),
        "threshold": float(np.mean(lowest)) if lowest else None,
    }


def brier(scores_N: NDArray[Any], fraud_N: Bools) -> float:
    """Return the mean squared distance of probabilities from what happened."""
    return float(np.mean((np.asarray(scores_N, dtype=np.float64) - np.asarray(fraud_N)) ** 2))


def figures(scores_N: NDArray[Any], later: Examples, k: int = 100) -> dict[str, Any]:
    """Return the figures of scores on events, JSON-able; unlabelled rows are left out of all."""
    known_N = later.known_N
    later, scores = later.rows(known_N), np.asarray(scores_N)[known_N]
    fraud_N = later.labels == 1
    found: dict[str, Any] = {
        "auc": round(auc(scores, fraud_N), 5),
        "average_precision": round(average_precision(scores, fraud_N), 5),
        "rows": len(later),
        "frauds": later.frauds,
        "from": float(later.times.min()),
        "until": float(later.times.max()),
    }
    if later.groups is not None:
        days_N = np.floor(later.times / DAY_S)
        at = card_precision(scores, fraud_N, later.groups, days_N, k)
        found[f"card_precision_at_{k}"] = round(at, 5)
    return found
