"""Quality and time of the default recommender beside the `implicit` library's own defaults.

    uv run python -m benchmarks.recommendation [--sets ncf-ml-1m ...] [--seeds 3] [--data DIR]

Everything is decided inside the training part; the test part is read once, at the end. Protocols:
README.md of the data. Prints progress on stderr and one JSON object as its last line.

Shapes: U users, I items, C candidates, K places, B users of a block.
"""

import argparse
import gzip
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares

from apps.recommendation.engine.planning import decide
from apps.recommendation.params import TrainParams
from ml.common import metrics
from ml.common.progress import SilentProgress
from ml.common.seeds import one_blas_thread
from ml.recommendation import data, evaluate
from ml.recommendation.als import Als
from ml.recommendation.contract import Recommender
from ml.recommendation.feature_mf import FeatureMf, FeatureMfParams
from ml.recommendation.topn import top_n

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "recommendation"
K = 20


@dataclass(frozen=True)
class Task:
    """Training interactions, and how a fitted model is judged."""

    train: data.Interactions
    judge: Callable[[Recommender], dict[str, float]]


def main() -> None:
    """Run the sets asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="+", default=list(TASKS), choices=[*TASKS, "ml-100k"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    report = {name: _run(name, asked.data / name, asked.seeds) for name in asked.sets}
    print(json.dumps({"benchmark": "recommendation", "sets": report}))


def _run(name: str, folder: Path, seeds: int) -> dict[str, Any]:
    if name == "ml-100k":
        return _ratings(folder, seeds)
    task = TASKS[name](folder)
    ours = [_ours(task, seed) for seed in range(seeds)]
    library = [_library(task, seed) for seed in range(seeds)]
    print(name, json.dumps({"ours": ours, "library": library}), file=sys.stderr, flush=True)
    return {"default": _summary(ours), "implicit_defaults": _summary(library)}


def _ours(task: Task, seed: int) -> dict[str, Any]:
    started_s = time.perf_counter()
    params = TrainParams(seed=seed)
    plan = decide(task.train, data.NO_FEATURES, params, SilentProgress())
    chosen_s = time.perf_counter()
    model = plan.build().fit(task.train)
    fitted_s = time.perf_counter()
    return {
        **task.judge(model),
        "choose_s": chosen_s - started_s,
        "fit_s": fitted_s - chosen_s,
        "settings": {
            key: plan.settings[key] for key in ("factors", "regularisation", "confidence")
        },
    }


def _library(task: Task, seed: int) -> dict[str, Any]:
    started_s = time.perf_counter()
    with one_blas_thread():
        solver = AlternatingLeastSquares(random_state=seed)
        solver.fit(task.train.seen(), show_progress=False)
    fit_s = time.perf_counter() - started_s
    arrays = {"user_vectors": solver.user_factors, "item_vectors": solver.item_factors}
    model = Als.from_arrays({**arrays, "scales": np.array([0.01, 1.0])})
    return {**task.judge(model), "fit_s": fit_s}


def _summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of every figure, and all runs' values beside it."""
    found: dict[str, Any] = {}
    for name in runs[0]:
        values = [run[name] for run in runs]
        if isinstance(values[0], float):
            found[name] = {
                "mean": round(statistics.fmean(values), 4),
                "runs": [round(v, 4) for v in values],
            }
        else:
            found[name] = values
    return found


def _ncf(folder: Path) -> Task:
    """NCF leave-one-out: one positive and 99 given negatives; HR@10 and NDCG@10."""
    with gzip.open(folder / "train.tsv.gz", "rt") as file:
        pairs = np.loadtxt(file, dtype=np.int64, skiprows=1)
    with gzip.open(folder / "ml-1m.test.rating.gz", "rt") as file:
        positives = np.loadtxt(file, dtype=np.int64, usecols=(0, 1))
    with gzip.open(folder / "ml-1m.test.negative.gz", "rt") as file:
        negatives_UC = np.array([[int(n) for n in line.split("\t")[1:]] for line in file])

    def judge(model: Recommender) -> dict[str, float]:
        scores_UI = model.scores(positives[:, 0])
        positive_U = scores_UI[np.arange(len(positives)), positives[:, 1]]
        others_UC = np.take_along_axis(scores_UI, negatives_UC, axis=1)
        others_UC[
            negatives_UC == positives[:, 1:]
        ] = -np.inf  # the positive among its own negatives
        places_U = metrics.ranks(positive_U, others_UC)
        return {
            "hr@10": metrics.hit_rate(places_U, 10),
            "ndcg@10": metrics.ndcg_of_ranks(places_U, 10),
        }

    return Task(data.build(pairs[:, 0], pairs[:, 1]), judge)


def _all_ranked(folder: Path) -> Task:
    """Full ranking: Recall@20 and NDCG@20 over users that have test items."""
    train = data.build(*_lines(folder / "train.txt.gz"))
    users, items = _lines(folder / "test.txt.gz")
    seen_UI = train.seen()
    ones = np.ones(len(users), dtype=np.float32)
    wanted_UI = sp.csr_matrix((ones, (users, items)), shape=seen_UI.shape)

    def judge(model: Recommender) -> dict[str, float]:
        hits, relevant = [], []
        for users_B in np.array_split(np.unique(users), 64):
            items_BK, _ = top_n(model.scores(users_B), K, seen_UI[users_B])
            wanted_BI = wanted_UI[users_B].toarray() > 0
            hits.append(np.take_along_axis(wanted_BI, items_BK, axis=1))
            relevant.append(wanted_BI.sum(axis=1))
        hits_UK, relevant_U = np.concatenate(hits), np.concatenate(relevant)
        return {
            "recall@20": metrics.recall(hits_UK, relevant_U),
            "ndcg@20": metrics.ndcg(hits_UK, relevant_U),
        }

    return Task(train, judge)


def _lines(path: Path) -> tuple[data.Ints, data.Ints]:
    """Return the pairs of lines `user item item ...`."""
    with gzip.open(path, "rt") as file:
        rows = [np.array(line.split(), dtype=np.int64) for line in file]
    users = np.concatenate([np.full(len(row) - 1, row[0]) for row in rows])
    return users, np.concatenate([row[1:] for row in rows])


def _ratings(folder: Path, seeds: int) -> dict[str, Any]:
    """Ratings of five folds by the factorisation with features, ids alone: RMSE and MAE."""
    with gzip.open(folder / "u.data.gz", "rt") as file:
        rows = np.loadtxt(file, dtype=np.int64)
    runs = []
    for seed in range(seeds):
        errors = [_fold(rows, folder / f"u{fold}.test.gz", seed) for fold in range(1, 6)]
        runs.append({name: float(np.mean([each[name] for each in errors])) for name in errors[0]})
    return {"default": _summary(runs)}


def _fold(rows: data.Ints, path: Path, seed: int) -> dict[str, float]:
    with gzip.open(path, "rt") as file:
        test = np.loadtxt(file, dtype=np.int64)
    keys = rows[:, 0] * 10_000 + rows[:, 1]
    base = rows[~np.isin(keys, test[:, 0] * 10_000 + test[:, 1])]
    started_s = time.perf_counter()
    shape = (int(rows[:, 0].max()) + 1, int(rows[:, 1].max()) + 1)
    train = data.build(base[:, 0], base[:, 1], base[:, 2], shape=shape)
    model = FeatureMf(FeatureMfParams(seed=seed)).fit(train)
    fit_s = time.perf_counter() - started_s
    held_out = data.build(test[:, 0], test[:, 1], test[:, 2], shape=shape)
    return {**evaluate.rating_errors(model, held_out), "fit_s": fit_s}


TASKS: dict[str, Callable[[Path], Task]] = {
    "ncf-ml-1m": _ncf,
    "ml-1m-allrank": _all_ranked,
    "gowalla": _all_ranked,
}

if __name__ == "__main__":
    main()
