"""Features event by event beside the same features of the whole table, on the handbook's transactions.

Run: `uv run python -m benchmarks.fraud_online --data ../shared/data/fraud/handbook [--rows N]
[--features reference|standard]`. One event in a hundred arrives up to a day late. The stream is cut in two
processes: the first leaves states and definition in an SQLite file and ends. Labels come one by one, when
their delay is over. Printed as one JSON object: the largest relative difference between both, and to the 14
reference features (on the table in its own order; rows that share customer and second with another row are
counted apart, for the reference orders them by chance),
microseconds an event (on the clock and of the processor), rows a second.
"""

import argparse
import heapq
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ml.fraud.features import batch, online
from ml.fraud.features.spec import FeatureSet
from ml.fraud.features.standard import Roles, standard_features
from tests.ml.fraud.features.handbook import reference_features

LATE_SHARE, LATE_UP_TO_S, SEED = 0.01, 86_400, 0
LABEL_EARLY_S = 3600
"""How long before its delay is over a label comes in."""
ROLES = Roles(
    event_id="TRANSACTION_ID",
    time="TX_DATETIME",
    entities=("CUSTOMER_ID", "TERMINAL_ID"),
    amount="TX_AMOUNT",
    label="TX_FRAUD",
)


def arrivals(data: Path, rows: int) -> pl.DataFrame:
    """Return the transactions as they arrive, some late."""
    table = pl.read_parquet(data / "transactions_raw.parquet").sort(
        "TX_DATETIME", maintain_order=True
    )
    table = table.head(rows) if rows else table
    rng = np.random.default_rng(SEED)
    late = rng.random(len(table)) < LATE_SHARE
    arrives = table["TX_TIME_SECONDS"].to_numpy() + late * rng.uniform(0, LATE_UP_TO_S, len(table))
    return table[np.argsort(arrives, kind="stable")]


def definition(table: pl.DataFrame, which: str) -> FeatureSet:
    """Return the features by name."""
    return reference_features() if which == "reference" else standard_features(table, ROLES)


class Labels:
    """Frauds wait until their label comes in."""

    def __init__(self, features: FeatureSet) -> None:
        self.features = features
        self.waiting: list[tuple[float, int, dict[str, Any]]] = []

    def add(self, event: dict[str, Any], fraud: int) -> None:
        """Let a fraud wait."""
        if fraud:
            due = event["TX_TIME_SECONDS"] + self.features.label_delay_s - LABEL_EARLY_S
            heapq.heappush(self.waiting, (due, event["TRANSACTION_ID"], event))

    def apply(self, now: float, states: dict[str, bytes]) -> None:
        """Apply the labels that are due."""
        while self.waiting and self.waiting[0][0] <= now:
            event = heapq.heappop(self.waiting)[2]
            states.update(online.apply_label(event, 1, states, self.features))


def half(table: pl.DataFrame, store: Path, out: Path, part: int, which: str) -> None:
    """Stream one half; begin with the states in the store and leave them there."""
    connection = sqlite3.connect(store)
    features, states = definition(table, which), {}
    labels = Labels(features)
    lo, hi = ((0, len(table) // 2), (len(table) // 2, len(table)))[part]
    if part:
        features = FeatureSet.from_spec(
            json.loads(*connection.execute("SELECT spec FROM spec").fetchone())
        )
        states = dict(connection.execute("SELECT key, raw FROM states"))
        for event in table[:lo].filter(pl.col("TX_FRAUD") == 1).iter_rows(named=True):
            labels.add(event, 1)  # applied ones change nothing the second time
    found = np.empty((hi - lo, len(features.features)))
    times = np.empty((hi - lo, 2))
    newest = 0.0
    for i, event in enumerate(table[lo:hi].iter_rows(named=True)):
        fraud = event.pop("TX_FRAUD")
        newest = max(newest, event["TX_TIME_SECONDS"])
        labels.apply(newest, states)
        begun, worked = time.perf_counter(), time.thread_time()
        found[i], changed = online.compute(event, states, features)
        times[i] = time.perf_counter() - begun, time.thread_time() - worked
        states.update(changed)
        labels.add(event, fraud)
    np.save(out / f"{part}.npy", found)
    np.save(out / f"{part}_times.npy", times)
    if not part:
        connection.execute("CREATE TABLE spec (spec TEXT)")
        connection.execute("CREATE TABLE states (key TEXT PRIMARY KEY, raw BLOB)")
        connection.execute("INSERT INTO spec VALUES (?)", [json.dumps(features.spec())])
        connection.executemany("INSERT INTO states VALUES (?, ?)", states.items())
        connection.commit()
    sizes = np.array([len(raw) for raw in states.values()])
    (out / f"{part}.json").write_text(
        json.dumps([len(sizes), int(sizes.max()), float(sizes.mean())])
    )


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest relative difference; a NaN on one side only is infinite."""
    worst = 0.0
    for a, b in columns_of(one, other):
        if (np.isnan(a) != np.isnan(b)).any():
            return float("inf")
        apart = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)
        worst = max(worst, float(np.nanmax(np.where(a == b, 0, apart), initial=0)))
    return worst


def columns_of(one: np.ndarray, other: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs of columns."""
    for j in range(one.shape[1]):
        yield one[:, j], other[:, j].astype(np.float64)


def reference(data: Path, rows: int) -> dict[str, float]:
    """Compare the table in its own order with the reference features."""
    table = pl.read_parquet(data / "transactions_raw.parquet")
    given = pl.read_parquet(data / "features_transformed.parquet")
    features = reference_features()
    ours = batch.compute(table.head(rows) if rows else table, features)
    theirs = given.select(features.names).to_numpy()[: len(ours)]
    same = table[: len(ours)].select(pl.struct("CUSTOMER_ID", "TX_DATETIME").is_duplicated())
    apart = same.to_series().to_numpy()
    # the reference holds float32: 6e-8 of each value
    return {
        "largest_relative_difference_to_reference": difference(ours[~apart], theirs[~apart]),
        "rows_of_equal_customer_and_second": int(apart.sum()),
    }


def percentiles(times_N: np.ndarray) -> dict[str, float]:
    """Return the middle and the slowest hundredth; wall time is also the machine's neighbours'."""
    return {f"p{q}": round(float(np.percentile(times_N, q)), 1) for q in (50, 99)}


def main() -> None:
    """Run both and print one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path("../shared/data/fraud/handbook"))
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--features", choices=("reference", "standard"), default="reference")
    parser.add_argument("--part", type=int)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    table = arrivals(given.data, given.rows)
    if given.part is not None:
        half(table, given.out / "store", given.out, given.part, given.features)
        return
    with tempfile.TemporaryDirectory() as folder:
        for part in ("0", "1"):
            more = ["--part", part, "--out", folder]
            subprocess.run(
                [sys.executable, "-m", "benchmarks.fraud_online", *sys.argv[1:], *more],
                check=True,
            )
        out = Path(folder)
        live = np.concatenate([np.load(out / f"{part}.npy") for part in (0, 1)])
        times = np.concatenate([np.load(out / f"{part}_times.npy") for part in (0, 1)]) * 1e6
        states = json.loads((out / "1.json").read_text())
    features = definition(table, given.features)
    begun = time.perf_counter()
    offline = batch.compute(table, features, arrival="rows")
    seconds = time.perf_counter() - begun
    figures = {
        "rows": len(table),
        "features": len(features.features),
        "largest_relative_difference": difference(offline, live),
        **reference(given.data, given.rows),
        "online_wall_us": percentiles(times[:, 0]),
        "online_cpu_us": percentiles(times[:, 1]),
        "batch_rows_per_s": len(table) / seconds,
        "states": dict(zip(("number", "largest_bytes", "mean_bytes"), states, strict=True)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
