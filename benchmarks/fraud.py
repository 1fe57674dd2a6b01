"""Quality of fraud models on the handbook data, beside XGBoost with its own defaults.

    nice -n 19 uv run python -m benchmarks.fraud [--data DIR] [--columns FILE.npz] [--threads 1] [--skip-long]

Protocol: README.md of the data (7 days each of training, delay and test; customers known as defrauded leave).
Settings are chosen by the mean average precision on the 4 validation folds; the 4 test folds are read once,
at the end. `xgboost_default` is the library as it comes, on the 15 columns of the data's own table.
`all_labels` learns from every label known by the end of the training week, not from that week alone.
Prints progress on stderr and one JSON object as its last line.

Shapes: N rows, F features.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import xgboost
from numpy.typing import NDArray

from benchmarks import fraud_columns
from ml.fraud import evaluate, examples, recipes
from ml.fraud.params import FitParams

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "fraud" / "handbook"
VALIDATION, TEST = (101, 94, 87, 80), (115, 122, 129, 136)  # first training days; 0 is 2018-04-01
WEEK, HISTORY_FROM = 7, 30
BARS = {"auc": 0.876, "average_precision": 0.711, "card_precision": 0.305}
GOALS = {"auc": 0.885, "average_precision": 0.73, "card_precision": 0.315}
LONG_BAR, LONG_GOAL = 0.73, 0.75
Settings = tuple[str, dict[str, Any]]
_TREES = {"rounds": 100, "depth": 3, "learning_rate": 0.1}
_LOGISTIC = {"kind": "logistic", "settings": {"iterations": 60}}
CANDIDATES: dict[str, Settings] = {
    "trees": ("xgboost", _TREES),
    "balanced bags": ("xgboost", {**_TREES, "bags": 5, "honest_share": 0.2}),
    "blend": (
        "blend",
        {
            "members": [
                {"kind": "xgboost", "settings": {**_TREES, "bags": 5, "honest_share": 0.2}},
                _LOGISTIC,
            ],
            "weights": [0.8, 0.2],
        },
    ),
}
LONG: Settings = ("xgboost", {"rounds": 150, "depth": 4, "honest_share": 0.15, "bags": 2})


@dataclass(frozen=True)
class Handbook:
    """The transactions and two tables of columns for them."""

    rich: NDArray[np.float32]
    rich_names: tuple[str, ...]
    plain: NDArray[np.float32]
    fraud: NDArray[np.int64]
    customers: NDArray[np.int64]
    days: NDArray[np.int64]
    times: NDArray[np.float64]

    def fold(self, start: int, *, long: bool = False) -> tuple[Any, Any]:
        """Return training and test rows; long: training from all that was labelled by its end."""
        first = HISTORY_FROM if long else start
        train = np.flatnonzero((self.days >= first) & (self.days < start + WEEK))
        week = (self.days >= start) & (self.days < start + WEEK)
        gone = set(self.customers[week & (self.fraud == 1)].tolist())
        test = []
        for day in range(start + 2 * WEEK, start + 3 * WEEK):
            rows = np.flatnonzero(self.days == day)
            test.append(rows[~np.isin(self.customers[rows], list(gone))])
            known = (self.days == day - WEEK) & (self.fraud == 1)
            gone |= set(self.customers[known].tolist())
        return train, np.concatenate(test)

    def figures(self, margins_N: NDArray[Any], rows: Any) -> dict[str, float]:
        """Return the three figures of the protocol."""
        fraud = self.fraud[rows] == 1
        return {
            "auc": evaluate.auc(margins_N, fraud),
            "average_precision": evaluate.average_precision(margins_N, fraud),
            "card_precision": evaluate.card_precision(
                margins_N, fraud, self.customers[rows], self.days[rows], 100
            ),
        }


Scores = Callable[[Handbook, Any, Any], NDArray[Any]]


def main() -> None:
    """Choose on the validation folds, measure on the test folds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--columns", type=Path, help="keep or reuse the computed columns here")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--skip-long", action="store_true")
    asked = parser.parse_args()
    started_s = time.monotonic()
    data = _load(asked.data, asked.columns)
    _say(f"{data.rich.shape[1]} columns after {time.monotonic() - started_s:.0f} s")
    validation = {
        name: _mean(data, _ours(settings, asked.threads), VALIDATION, name)
        for name, settings in CANDIDATES.items()
    }
    chosen = max(validation, key=lambda name: validation[name]["average_precision"])
    test = _mean(data, _ours(CANDIDATES[chosen], asked.threads), TEST, f"test, {chosen}")
    default = _mean(data, _default(asked.threads), TEST, "test, XGBoost default")
    train, rows = data.fold(TEST[0])
    report: dict[str, Any] = {
        "benchmark": "fraud",
        "fold_0": [
            len(train),
            int(data.fraud[train].sum()),
            len(rows),
            int(data.fraud[rows].sum()),
        ],
        "features": data.rich.shape[1],
        "validation": validation,
        "chosen": chosen,
        "test": test,
        "must": {name: test[name] >= bar for name, bar in BARS.items()},
        "goal": {name: test[name] >= bar for name, bar in GOALS.items()},
        "xgboost_default": default,
        "ratio_average_precision": round(
            test["average_precision"] / default["average_precision"], 3
        ),
    }
    if not asked.skip_long:
        found = _mean(data, _ours(LONG, asked.threads), TEST, "test, all labels", long=True)
        precision = found["average_precision"]
        report["all_labels"] = found | {
            "must": precision >= LONG_BAR,
            "goal": precision >= LONG_GOAL,
        }
    report["seconds"] = round(time.monotonic() - started_s)
    print(json.dumps(report))


def _load(data: Path, kept: Path | None) -> Handbook:
    if kept is not None and kept.exists():
        stored = np.load(kept, allow_pickle=False)
        rich, names = stored["X"], tuple(stored["names"].tolist())
        table = fraud_columns.transactions(data)
    else:
        rich, names, table = fraud_columns.columns(data)
        if kept is not None:
            np.savez(kept, X=rich, names=np.array(names))
    given = pl.read_parquet(data / "features_transformed.parquet")
    plain = table.select("TRANSACTION_ID", "TX_AMOUNT").join(
        given, on="TRANSACTION_ID", how="left", maintain_order="left"
    )
    return Handbook(
        rich,
        names,
        plain.drop("TRANSACTION_ID").to_numpy().astype(np.float32),
        table["TX_FRAUD"].to_numpy().astype(np.int64),
        table["CUSTOMER_ID"].cast(pl.Int64).to_numpy(),
        table["TX_TIME_DAYS"].cast(pl.Int64).to_numpy(),
        table["TX_TIME_SECONDS"].cast(pl.Float64).to_numpy(),
    )


def _mean(
    data: Handbook, scores: Scores, starts: tuple[int, ...], name: str, *, long: bool = False
) -> dict[str, float]:
    found = []
    for start in starts:
        started_s = time.monotonic()
        train, rows = data.fold(start, long=long)
        found.append(data.figures(scores(data, train, rows), rows))
        _say(f"{name}, fold from day {start}: {found[-1]}, {time.monotonic() - started_s:.0f} s")
    return {key: round(float(np.mean([each[key] for each in found])), 4) for key in found[0]}


def _ours(settings: Settings, threads: int) -> Scores:
    kind, chosen = settings

    def scores(data: Handbook, train: Any, rows: Any) -> NDArray[Any]:
        recipe = recipes.Recipe.of(kind, chosen, FitParams(threads=threads), data.rich_names)
        given = examples.build(
            data.rich[train], data.fraud[train], data.times[train], names=data.rich_names
        )
        table = np.where(np.isfinite(data.rich[rows]), data.rich[rows], np.float32(np.nan))
        return recipe.build().fit(given).margins(table)

    return scores


def _default(threads: int) -> Scores:
    def scores(data: Handbook, train: Any, rows: Any) -> NDArray[Any]:
        table = xgboost.DMatrix(data.plain[train], data.fraud[train], nthread=threads)
        booster = xgboost.train({"objective": "binary:logistic", "nthread": threads}, table, 100)
        return np.asarray(booster.inplace_predict(data.plain[rows], predict_type="margin"))

    return scores


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
