"""Quality and time of `model: "auto"` beside the `implicit` library's own defaults.

    uv run python -m benchmarks.recommendation [--sets ncf-ml-1m ...] [--seeds 3] [--budget 300] [--data DIR]

Everything is decided inside the training part; the test part is read once, at the end. Protocols:
README.md of the data. A set whose protocol ranks among drawn negatives is searched by drawn negatives
too, drawn inside the training part. Nothing is kept from seed to seed. Prints progress on stderr and one
JSON object as its last line.

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

from ml.common import metrics, seeds
from ml.common.progress import SilentProgress
from ml.common.seeds import one_blas_thread
from ml.recommendation import auto, data, evaluate, recipes
from ml.recommendation.als import Als, AlsParams
from ml.recommendation.contract import Recommender
from ml.recommendation.feature_mf import FeatureMf, FeatureMfParams
from ml.recommendation.topn import top_n

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "recommendation"
K = 20
BLOCKS = 64


@dataclass(frozen=True)
class Task:
    """Training interactions, and how a fitted model is judged; `negatives` of the protocol, 0: all."""

    train: data.Interactions
    judge: Callable[[Recommender], dict[str, float]]
    negatives: int = 0


class Loud(SilentProgress):
    """Prints what the search tries."""

    def log(self, line: str) -> None:
        """Print to stderr."""
        print("   ", line, file=sys.stderr, flush=True)


def main() -> None:
    """Run the sets asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    choices = [*TASKS, "ml-100k-ratings", "als-time"]
    parser.add_argument("--sets", nargs="+", default=choices, choices=choices)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=300.0, help="seconds of each search")
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    report = {name: _run(name, asked) for name in asked.sets}
    print(json.dumps({"benchmark": "recommendation", "sets": report}))


def _run(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    if name == "ml-100k-ratings":
        return _ratings(asked.data / "ml-100k", asked.seeds)
    if name == "als-time":
        return _als_time(asked.data / "ncf-ml-1m")
    ours, library = [], []
    for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
        task = TASKS[name](asked.data / name, seed)
        ours.append(_ours(task, seed, asked.budget))
        library.append(_library(task, seed))
        print(name, seed, json.dumps([ours[-1], library[-1]]), file=sys.stderr, flush=True)
    return {"auto": _summary(ours), "implicit_defaults": _summary(library)}


def _ours(task: Task, seed: int, budget_s: float) -> dict[str, Any]:
    started_s = time.perf_counter()
    wish = auto.Asked(seed=seed, budget_s=budget_s, negatives=task.negatives)
    found = auto.search(task.train, data.NO_FEATURES, wish, Loud())
    chosen_s = time.perf_counter()
    model = recipes.build(found.kind, found.settings).fit(task.train)
    fitted_s = time.perf_counter()
    return {
        **task.judge(model),
        "choose_s": chosen_s - started_s,
        "fit_s": fitted_s - chosen_s,
        "tried": len(found.trials),
        "why": found.why,
        "chosen": {"kind": found.kind, "settings": found.settings},
    }


def _als_time(folder: Path, rounds: int = 3) -> dict[str, Any]:
    """Fit time of ALS, alternating with the bare library at equal settings."""
    task = _ncf(folder, 0)
    times: dict[str, list[float]] = {"ours_s": [], "library_s": []}
    for _ in range(rounds):
        model = Als(AlsParams(report_loss=False))
        started_s = time.perf_counter()
        model.fit(task.train)
        times["ours_s"].append(time.perf_counter() - started_s)
        started_s = time.perf_counter()
        with one_blas_thread():
            solver = AlternatingLeastSquares(
                factors=128,
                regularization=model.penalty,
                alpha=model.confidence,
                iterations=15,
                random_state=0,
            )
            solver.fit(task.train.seen(), show_progress=False)
        times["library_s"].append(time.perf_counter() - started_s)
    ratio = min(times["ours_s"]) / min(times["library_s"])
    return {"ratio_of_best_times": round(ratio, 3), **times}


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


def _ncf(folder: Path, _seed: int) -> Task:
    """NCF leave-one-out: one positive and 99 given negatives; HR@10 and NDCG@10."""
    with gzip.open(folder / "train.tsv.gz", "rt") as file:
        pairs = np.loadtxt(file, dtype=np.int64, skiprows=1)
    with gzip.open(folder / "ml-1m.test.rating.gz", "rt") as file:
        positives = np.loadtxt(file, dtype=np.int64, usecols=(0, 1))
    with gzip.open(folder / "ml-1m.test.negative.gz", "rt") as file:
        negatives_UC = np.array([[int(n) for n in line.split("\t")[1:]] for line in file])

    def judge(model: Recommender) -> dict[str, float]:
        candidates_UC = np.column_stack([positives[:, 1], negatives_UC])
        scores_UC = _of_candidates(model, positives[:, 0], candidates_UC)
        positive_U, others_UC = scores_UC[:, 0], scores_UC[:, 1:].copy()
        others_UC[
            negatives_UC == positives[:, 1:]
        ] = -np.inf  # the positive among its own negatives
        places_U = metrics.ranks(positive_U, others_UC)
        return {
            "hr@10": metrics.hit_rate(places_U, 10),
            "ndcg@10": metrics.ndcg_of_ranks(places_U, 10),
        }

    return Task(data.build(pairs[:, 0], pairs[:, 1]), judge, negatives=99)


def _of_candidates(model: Recommender, users_U: data.Ints, items_UC: data.Ints) -> data.Floats:
    """Return the scores of each user's candidates, float32 (U, C)."""
    parts = [
        np.take_along_axis(model.scores(users_U[rows]), items_UC[rows], axis=1)
        for rows in np.array_split(np.arange(len(users_U)), BLOCKS)
    ]
    return np.concatenate(parts)


def _games(folder: Path, seed: int) -> Task:
    """SASRec: last item of each user against 100 drawn by the seed; the order of lines is the time."""
    with gzip.open(folder / "Video.txt.gz", "rt") as file:
        rows = np.loadtxt(file, dtype=np.int64) - 1
    last_U = np.flatnonzero(np.diff(rows[:, 0], append=-1))
    shape = (int(rows[:, 0].max()) + 1, int(rows[:, 1].max()) + 1)
    kept = np.setdiff1d(np.arange(len(rows)), last_U)
    times_N = np.arange(len(kept), dtype=np.float64)
    train = data.build(rows[kept, 0], rows[kept, 1], times_N=times_N, shape=shape)
    users_U, wanted_U = rows[last_U].T
    touched_UI = sp.csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows[:, 0], rows[:, 1])), shape
    )
    rng = seeds.generator(seed, "video games")
    negatives_UC = np.stack([_draw(rng, shape[1], touched_UI[user].indices) for user in users_U])

    def judge(model: Recommender) -> dict[str, float]:
        scores_UC = _of_candidates(model, users_U, np.column_stack([wanted_U, negatives_UC]))
        places_U = metrics.ranks(scores_UC[:, 0], scores_UC[:, 1:])
        return {
            "hr@10": metrics.hit_rate(places_U, 10),
            "ndcg@10": metrics.ndcg_of_ranks(places_U, 10),
        }

    return Task(train, judge, negatives=100)


def _draw(rng: np.random.Generator, n_items: int, touched: data.Ints) -> data.Ints:
    """Return 100 items outside `touched`, each once."""
    free = np.setdiff1d(rng.choice(n_items, 100 + 2 * len(touched), replace=False), touched)
    return rng.permutation(free)[:100]


def _hundred(folder: Path, seed: int) -> Task:
    """microsoft/recommenders: 75/25 of each user's ratings at random, top 10, seen items removed."""
    with gzip.open(folder / "u.data.gz", "rt") as file:
        rows = np.loadtxt(file, dtype=np.int64)
    rng = seeds.generator(seed, "75/25")
    order_N = np.lexsort((rng.random(len(rows)), rows[:, 0]))
    counts_U = np.bincount(rows[:, 0])
    starts_U = np.cumsum(counts_U) - counts_U
    place_N = np.arange(len(rows)) - starts_U[rows[order_N, 0]]
    tested_N = place_N >= np.round(0.75 * counts_U[rows[order_N, 0]])
    test, base = rows[order_N[tested_N]], rows[order_N[~tested_N]]
    shape = (int(rows[:, 0].max()) + 1, int(rows[:, 1].max()) + 1)
    train = data.build(base[:, 0], base[:, 1], base[:, 2], shape=shape)
    return Task(train, _full_ranking(train, test[:, 0], test[:, 1], 10))


def _all_ranked(folder: Path, _seed: int) -> Task:
    """Full ranking: Recall@20 and NDCG@20 over users that have test items."""
    train = data.build(*_lines(folder / "train.txt.gz"))
    return Task(train, _full_ranking(train, *_lines(folder / "test.txt.gz"), K))


def _full_ranking(
    train: data.Interactions, users: data.Ints, items: data.Ints, k: int
) -> Callable[[Recommender], dict[str, float]]:
    """Return a judge that ranks everything a user has not touched."""
    seen_UI = train.seen()
    ones = np.ones(len(users), dtype=np.float32)
    wanted_UI = sp.csr_matrix((ones, (users, items)), shape=seen_UI.shape)

    def judge(model: Recommender) -> dict[str, float]:
        hits, relevant = [], []
        for users_B in np.array_split(np.unique(users), BLOCKS):
            items_BK, _ = top_n(model.scores(users_B), k, seen_UI[users_B])
            wanted_BI = wanted_UI[users_B].toarray() > 0
            hits.append(np.take_along_axis(wanted_BI, items_BK, axis=1))
            relevant.append(wanted_BI.sum(axis=1))
        hits_UK, relevant_U = np.concatenate(hits), np.concatenate(relevant)
        return {
            f"recall@{k}": metrics.recall(hits_UK, relevant_U),
            f"ndcg@{k}": metrics.ndcg(hits_UK, relevant_U),
            f"precision@{k}": metrics.precision(hits_UK),
        }

    return judge


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


TASKS: dict[str, Callable[[Path, int], Task]] = {
    "ncf-ml-1m": _ncf,
    "ml-1m-allrank": _all_ranked,
    "gowalla": _all_ranked,
    "ml-100k": _hundred,
    "amazon-video-games-seq": _games,
}

if __name__ == "__main__":
    main()
