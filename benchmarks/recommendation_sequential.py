"""The sequential model beside popularity: SASRec protocol on amazon-video-games-seq.

Per user the last item is the test, the last but one chooses the epoch and is part of the history at test,
the rest is learned from. Candidates: the test item and 100 items drawn uniformly from those the user never
touched (drawn anew per seed). Users with fewer than three events are learned from and not tested. Ties
count against the test item.

    uv run python -m benchmarks.recommendation_sequential --data /work/shared/data/recommendation
"""

import argparse
import gzip
import json
import resource
import time
from pathlib import Path

import numpy as np

from ml.common import metrics
from ml.common.progress import SilentProgress
from ml.recommendation import data
from ml.recommendation.contract import Recommender
from ml.recommendation.popularity import Popularity
from ml.recommendation.sasrec.model import SasRec
from ml.recommendation.sasrec.params import SasRecParams

NEGATIVES = 100
FULL = 3_000  # users ranked against the whole catalogue as well


def main() -> None:
    """Run the seeds asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/data/recommendation"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings")
    given = parser.parse_args()
    settings = {name: json.loads(value) for name, _, value in (s.partition("=") for s in given.set)}
    rows = read(given.data / "amazon-video-games-seq" / "Video.txt.gz")
    runs = [one(rows, SasRecParams(**settings, seed=seed)) for seed in given.seeds]
    found = {
        "protocol": "SASRec, 100 uniform negatives, test item",
        "must": {"hr@10": 0.74, "ndcg@10": 0.53},
        "mean": {key: round(float(np.mean([r[key] for r in runs])), 4) for key in runs[0]},
        "runs": runs,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(found))


def read(path: Path) -> list[np.ndarray]:
    """Return every user's items from 0, oldest first."""
    with gzip.open(path, "rt") as lines:
        pairs = np.array([line.split() for line in lines], dtype=np.int64) - 1
    starts = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1))
    return np.split(pairs[:, 1], starts[1:])


def one(rows: list[np.ndarray], params: SasRecParams) -> dict[str, float]:
    """Fit one seed and score its tests."""
    known = [row[:-1] if len(row) >= 3 else row for row in rows]
    users_N = np.repeat(np.arange(len(rows)), [len(row) for row in known])
    times_N = np.concatenate([np.arange(len(row)) for row in known]).astype(np.float64)
    n_items = 1 + max(int(row.max()) for row in rows)
    shape = (len(rows), n_items)
    touched = data.build(users_N, np.concatenate(known), times_N=times_N, shape=shape)
    started_s, cpu_s = time.monotonic(), time.process_time()
    model = SasRec(params).fit(touched, progress=Prints())
    seconds, cpu_s = time.monotonic() - started_s, time.process_time() - cpu_s
    tested_B = np.array([user for user, row in enumerate(rows) if len(row) >= 3])
    candidates_BC = np.array([draw(rows[u], n_items, [params.seed, u]) for u in tested_B])
    figures = sampled(model, tested_B, candidates_BC)
    for name, value in sampled(Popularity().fit(touched), tested_B, candidates_BC).items():
        figures[f"popularity_{name}"] = value
    figures |= ranked_in_full(model, rows, tested_B[:: len(tested_B) // FULL])
    costs = {"fit_s": round(seconds), "fit_cpu_s": round(cpu_s), "epochs": model.epochs_used}
    print(json.dumps({"seed": params.seed, **figures, **costs}), flush=True)
    return {**figures, **costs}


def draw(row: np.ndarray, n_items: int, seed: list[int]) -> np.ndarray:
    """Return the test item and 100 items that the user never touched."""
    rng = np.random.default_rng(seed)
    pool = rng.choice(n_items, NEGATIVES + len(row), replace=False)
    return np.concatenate([row[-1:], pool[~np.isin(pool, row)][:NEGATIVES]])


def sampled(model: Recommender, users_B: np.ndarray, items_BC: np.ndarray) -> dict[str, float]:
    """Return HR@10 and NDCG@10 among the candidates; the first is the positive."""
    found = []
    for start in range(0, len(users_B), 1_000):
        scores_BI = model.scores(users_B[start : start + 1_000])
        scores_BC = np.take_along_axis(scores_BI, items_BC[start : start + 1_000], axis=1)
        found.append(metrics.ranks(scores_BC[:, 0], scores_BC[:, 1:]))
    ranks_B = np.concatenate(found)
    return {
        "hr@10": round(metrics.hit_rate(ranks_B, 10), 4),
        "ndcg@10": round(metrics.ndcg_of_ranks(ranks_B, 10), 4),
    }


def ranked_in_full(
    model: Recommender, rows: list[np.ndarray], users_B: np.ndarray
) -> dict[str, float]:
    """Return the figures among the whole catalogue, without what was touched before."""
    scores_BI = model.scores(users_B)
    positive_B = np.array([scores_BI[at, rows[user][-1]] for at, user in enumerate(users_B)])
    for at, user in enumerate(users_B):
        scores_BI[at, rows[user]] = -np.inf
    ranks_B = metrics.ranks(positive_B, scores_BI)
    return {
        "full_hr@10": round(metrics.hit_rate(ranks_B, 10), 4),
        "full_ndcg@10": round(metrics.ndcg_of_ranks(ranks_B, 10), 4),
    }


class Prints(SilentProgress):
    """Shows the curve."""

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Print one point."""
        print(f"{step} {name} {value:.4f}", flush=True)


if __name__ == "__main__":
    main()
