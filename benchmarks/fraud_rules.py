"""Rules on history and on single events: 20 rules over 1,754,155 payments (<= 60 s), one event (<= 1 ms).

    uv run python -m benchmarks.fraud_rules [folder of the handbook's data]

Beside it, in the same run, the same 20 conditions written by hand in Polars: the ratio is what the language
costs over a whole history.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from ml.fraud.rules.backtest import measure
from ml.fraud.rules.expression import parse

DATA = Path(__file__).resolve().parent.parent.parent / "shared/data/fraud/handbook"
FIELDS = {
    "TX_AMOUNT": "number",
    "CUSTOMER_ID": "string",
    "TERMINAL_ID": "string",
    "TX_DATETIME": "time",
}
amount = pl.col("TX_AMOUNT")
hour = pl.col("TX_DATETIME").dt.hour()
WEEKEND = pl.col("TX_DATETIME").dt.weekday() >= 6


def pairs() -> list[tuple[str, pl.Expr]]:
    """Return 20 rules, and the same by hand."""
    made = [("TX_AMOUNT > 220", amount > 220)]
    made += [
        (f"TX_AMOUNT > {limit} and hour(TX_DATETIME) < 6", (amount > limit) & (hour < 6))
        for limit in range(50, 110, 10)
    ]
    made += [
        (f"weekday(TX_DATETIME) >= 6 and TX_AMOUNT > {limit}", WEEKEND & (amount > limit))
        for limit in range(100, 160, 10)
    ]
    for start in range(7):
        ids = [str(1_000 * start + step) for step in range(50)]
        listed = ", ".join(f'"{each}"' for each in ids)
        by_hand = pl.col("TERMINAL_ID").cast(pl.String).is_in(ids) | amount.is_between(200, 210)
        made.append((f"TERMINAL_ID in [{listed}] or TX_AMOUNT between 200 and 210", by_hand))
    return made


def timed(task: Callable[[], object]) -> tuple[float, object]:
    """Return seconds and result."""
    start = time.perf_counter()
    found = task()
    return time.perf_counter() - start, found


def one_event_us(table: pl.DataFrame, texts: list[str]) -> dict[str, float]:
    """Return microseconds of all rules on one event, and of the slowest rule ever."""
    rules = [parse(text, FIELDS) for text in texts]
    took = []
    for row in table.head(2_000).iter_rows(named=True):
        start = time.perf_counter()
        for rule in rules:
            rule.matches(row)
        took.append((time.perf_counter() - start) * 1e6)
    largest = parse(" or ".join(["TX_AMOUNT * 2 + 1 > 2e9"] * 30), FIELDS)
    row = table.row(0, named=True)
    longest = min(timed(lambda: largest.matches(row))[0] for _ in range(200)) * 1e6
    return {
        "20_rules_p50_us": float(np.percentile(took, 50)),
        "20_rules_p99_us": float(np.percentile(took, 99)),
        "largest_rule_us": longest,
    }


def main() -> None:
    """Measure and print one JSON object as the last line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    table = pl.read_parquet(folder / "transactions_raw.parquet")
    rules = pairs()
    texts = [text for text, _ in rules]
    fraud_N = table["TX_FRAUD"].cast(pl.Float64).to_numpy()
    amount_N = table["TX_AMOUNT"].to_numpy()
    time_N = (table["TX_DATETIME"].dt.epoch("us").cast(pl.Float64) / 1e6).to_numpy()

    def backtested() -> dict[str, object]:
        parsed = [parse(text, FIELDS) for text in texts]
        return measure(parsed, table, fraud_N=fraud_N, amount_N=amount_N, time_N=time_N)

    took_s, result = timed(backtested)
    masks_s, masks = timed(lambda: [parse(text, FIELDS).over(table) for text in texts])
    hand_s, by_hand = timed(
        lambda: [table.select(each.alias("x"))["x"].to_numpy() for _, each in rules]
    )
    same = all(np.array_equal(a, b) for a, b in zip(masks, by_hand, strict=True))
    told = {
        "rows": table.height,
        "rules": len(rules),
        "backtest_s": took_s,
        "masks_s": masks_s,
        "by_hand_s": hand_s,
        "ratio_to_by_hand": masks_s / hand_s,
        "same_as_by_hand": same,
        "first_rule": {
            k: v for k, v in result["rules"][0].items() if k in {"hits", "frauds", "precision"}
        },
        "one_event": one_event_us(table, texts),
        "bounds": {"backtest_s": 60, "largest_rule_us": 1000},
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
