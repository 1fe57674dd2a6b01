"""How good a recommender is on held-out interactions: full ranking, nothing sampled.

Shapes: N held-out pairs, B users of a block, I items.
"""

from dataclasses import dataclass

import numpy as np

from ml.common import metrics
from ml.recommendation.contract import Recommender
from ml.recommendation.data import Interactions, Ints

BLOCK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Ranking:
    """Places of held-out items among everything their user had not touched."""

    hr_at_10: float
    ndcg_at_10: float
    recall_at_20: float
    held_out: int

    def as_metrics(self) -> dict[str, float]:
        """Return the figures under their usual names."""
        return {
            "hr@10": self.hr_at_10,
            "ndcg@10": self.ndcg_at_10,
            "recall@20": self.recall_at_20,
        }


def ranking(model: Recommender, train: Interactions, held_out: Interactions) -> Ranking:
    """Rank each held-out item (one per user) among all items its user has not touched in `train`."""
    places_N = ranks(model, train, held_out)
    if len(places_N) == 0:
        return Ranking(0.0, 0.0, 0.0, 0)
    return Ranking(
        hr_at_10=metrics.hit_rate(places_N, 10),
        ndcg_at_10=metrics.ndcg_of_ranks(places_N, 10),
        recall_at_20=metrics.hit_rate(places_N, 20),
        held_out=len(places_N),
    )


def ranks(model: Recommender, train: Interactions, held_out: Interactions) -> Ints:
    """Return the 0-based place of each held-out item, int64 (N,)."""
    seen_UI = train.seen()
    block = max(1, BLOCK_BYTES // (4 * model.n_items))
    places = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(held_out), block):
        users_B = held_out.users[start : start + block]
        items_B = held_out.items[start : start + block]
        scores_BI = model.scores(users_B)
        rows_B = np.arange(len(users_B))
        positive_B = scores_BI[rows_B, items_B]
        seen_BI = seen_UI[users_B]
        scores_BI[np.repeat(rows_B, np.diff(seen_BI.indptr)), seen_BI.indices] = -np.inf
        scores_BI[rows_B, items_B] = -np.inf
        places.append(metrics.ranks(positive_B, scores_BI))
    return np.concatenate(places)


def rating_errors(model: Recommender, held_out: Interactions) -> dict[str, float]:
    """Return RMSE and MAE of the held-out ratings; nothing when there are no ratings."""
    if held_out.ratings is None or len(held_out) == 0:
        return {}
    predicted_N = model.score(held_out.users, held_out.items)
    return {
        "rmse": metrics.rmse(predicted_N, held_out.ratings),
        "mae": metrics.mae(predicted_N, held_out.ratings),
    }
