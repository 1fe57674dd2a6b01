"""New items from features alone: the two towers beside popularity and chance, on ml-100k.

A random fifth of the items is dropped from the training altogether; every user's dropped items are to be
found among all dropped items, from genres, year and title (read by the sentence encoder when it is
installed). Popularity learned from the training knows nothing of them, which is chance; beside it stands a
popularity that no model may know: how often everybody else chose each dropped item.

    uv run python -m benchmarks.recommendation_cold --data /work/shared/data/recommendation
"""

import argparse
import gzip
import json
import resource
import time
from pathlib import Path

import numpy as np

from ml.common import metrics
from ml.fusion import text
from ml.recommendation import data
from ml.recommendation.two_tower.features import RichFeatures
from ml.recommendation.two_tower.model import TwoTower
from ml.recommendation.two_tower.params import TwoTowerParams

K = 10
DROPPED = 0.2


def main() -> None:
    """Run the seeds asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/data/recommendation"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=TwoTowerParams().epochs)
    given = parser.parse_args()
    folder = given.data / "ml-100k"
    with gzip.open(folder / "u.data.gz", "rt") as lines:
        rows = np.array([line.split()[:2] for line in lines], dtype=np.int64) - 1
    features = read(folder)
    runs = [one(rows, features, TwoTowerParams(epochs=given.epochs, seed=s)) for s in given.seeds]
    found = {
        "protocol": "ml-100k, random 20 % of items dropped from training, ranked among themselves",
        "texts": text.available(),
        "mean": {key: round(float(np.mean([r[key] for r in runs])), 4) for key in runs[0]},
        "runs": runs,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(found))


def read(folder: Path) -> RichFeatures:
    """Return genres and year of items, their titles as vectors, age, gender and occupation of users."""
    films = [line.split("|") for line in (folder / "u.item").read_text("latin-1").splitlines()]
    genres = np.array([film[5:24] for film in films], dtype=np.float32)
    years = np.array([float(film[2][-4:]) if film[2] else np.nan for film in films])
    table = np.hstack([genres, np.nan_to_num(years, nan=np.nanmean(years))[:, None]])
    people = [line.split("|") for line in (folder / "u.user").read_text().splitlines()]
    jobs = sorted({each[3] for each in people})
    users = np.array(
        [[float(p[1]), p[2] == "M", *(p[3] == job for job in jobs)] for p in people],
        dtype=np.float32,
    )
    titles = {"text": text.encode([film[1] for film in films])} if text.available() else {}
    return RichFeatures(users=users, items=table.astype(np.float32), item_kinds=titles)


def one(rows: np.ndarray, features: RichFeatures, params: TwoTowerParams) -> dict[str, float]:
    """Fit without a fifth of the items and rank those."""
    n_users, n_items = rows.max(axis=0) + 1
    cold_I = np.random.default_rng(params.seed).random(n_items) < DROPPED
    is_cold_N = cold_I[rows[:, 1]]
    known = data.build(*rows[~is_cold_N].T, shape=(n_users, n_items))
    cold = data.build(*rows[is_cold_N].T, shape=(n_users, n_items))
    started_s, cpu_s = time.monotonic(), time.process_time()
    model = TwoTower(params).fit(known, features)
    costs = {"fit_s": time.monotonic() - started_s, "fit_cpu_s": time.process_time() - cpu_s}
    wanted_UC = cold.seen().toarray()[:, cold_I] > 0
    tested_U = wanted_UC.any(axis=1)
    counts_C = wanted_UC.sum(axis=0)
    rankings = {
        "two_tower": model.scores(np.arange(n_users))[:, cold_I],
        "popularity_of_others": counts_C[None, :] - wanted_UC.astype(np.float64),
        "chance": np.random.default_rng(1).random(wanted_UC.shape),
    }
    found = {}
    for name, scores_UC in rankings.items():
        best_UK = np.argsort(-scores_UC[tested_U], axis=1, kind="stable")[:, :K]
        hits_UK = np.take_along_axis(wanted_UC[tested_U], best_UK, axis=1)
        relevant_U = wanted_UC[tested_U].sum(axis=1)
        found[f"{name}_ndcg@10"] = round(metrics.ndcg(hits_UK, relevant_U), 4)
        found[f"{name}_recall@10"] = round(metrics.recall(hits_UK, relevant_U), 4)
    found |= {name: round(value, 1) for name, value in costs.items()}
    found["epochs"] = model.epochs_used
    print(json.dumps({"seed": params.seed, **found}), flush=True)
    return found


if __name__ == "__main__":
    main()
