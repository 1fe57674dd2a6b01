"""The columns that `benchmarks.fraud` learns from: two passes of `ml.fraud.features` over the handbook data.

Every value of a row is known at the row's own time: history before it, labels seven days later. The second
pass counts what the first one shows: payments far above the customer's own history, and known frauds that
the amount did not give away (a stolen terminal shows only there). What "far" and "large" mean is read off
honest payments before the first validation fold.
"""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.fraud.features.batch import compute
from ml.fraud.features.feature import DAY, Feature
from ml.fraud.features.spec import FeatureSet

ROLES = {"event_id": "TRANSACTION_ID", "time": "TX_TIME_SECONDS", "time_unit": "s"}
DELAY_S = 7 * DAY
CUSTOMER, TERMINAL = ("CUSTOMER_ID",), ("TERMINAL_ID",)
LAST_DAY = 157
SETTLED_BEFORE = 80  # days; the first validation fold starts then


def _set(features: list[Feature], label: str) -> FeatureSet:
    return FeatureSet(features=tuple(features), label=label, label_delay_s=DELAY_S, **ROLES)


def _each(kind: str, name: str, entity: tuple[str, ...], days: tuple[int, ...], column: str | None = None,
          ) -> list[Feature]:  # fmt: skip
    """Return one feature per window."""
    return [Feature(f"{name}_{each}", kind, entity, column, each * DAY) for each in days]


def _first() -> list[Feature]:
    amount = "TX_AMOUNT"
    return [
        *(Feature(kind, kind) for kind in ("hour", "night", "weekend")),
        Feature("amount", "value", column=amount),
        *_each("mean", "customer_mean", CUSTOMER, (1, 7, 30, 90), amount),
        *_each("ratio", "customer_ratio", CUSTOMER, (1, 7, 30, 90), amount),
        *_each("count", "customer_count", CUSTOMER, (1, 7, 30)),
        *_each("count", "terminal_count", TERMINAL, (1, 7, 30)),
        *(
            Feature(f"before_{kind}_90", kind, CUSTOMER, amount, 90 * DAY, with_current=False)
            for kind in ("std", "max", "mean")
        ),
        Feature("customer_since", "since_last", CUSTOMER, None, 90 * DAY),
        *_each("delayed_share", "risk", TERMINAL, (1, 7, 14, 30)),
        *_each("delayed_frauds", "frauds", TERMINAL, (1, 7, 14, 30)),
        Feature("known_30", "delayed_count", TERMINAL, None, 30 * DAY),
    ]


def _second() -> list[Feature]:
    return [
        *_each("delayed_frauds", "quiet", TERMINAL, (1, 3, 5, 7, 10, 14, 21, 28, 90)),
        *_each("delayed_share", "quiet_share", TERMINAL, (3, 7, 14, 21)),
        *(
            Feature(f"far_{days}", "sum", CUSTOMER, "FAR", days * DAY, with_current=False)
            for days in (3, 7, 14)
        ),
    ]


def transactions(data: Path) -> pl.DataFrame:
    """Return the transactions up to the end of the last test fold."""
    return pl.read_parquet(data / "transactions_raw.parquet").filter(
        pl.col("TX_TIME_DAYS") < LAST_DAY
    )


def columns(data: Path) -> tuple[NDArray[np.float32], tuple[str, ...], pl.DataFrame]:
    """Return features float32 (N, F), their names, and the transactions they belong to."""
    table = transactions(data)
    first = _set(_first(), "TX_FRAUD")
    one_NF = compute(table, first)
    names = list(first.names)
    ratio_N = np.nan_to_num(one_NF[:, names.index("customer_ratio_90")], nan=1.0)
    amount_N = table["TX_AMOUNT"].to_numpy()
    settled_N = (table["TX_TIME_DAYS"].to_numpy() < SETTLED_BEFORE) & (
        table["TX_FRAUD"].to_numpy() == 0
    )
    far, large = np.quantile(ratio_N[settled_N], 0.999), np.quantile(amount_N[settled_N], 0.9999)
    far_N = ratio_N > far
    quiet_N = (table["TX_FRAUD"].to_numpy() == 1) & ~far_N & (amount_N < large)
    wider = table.with_columns(
        FAR=pl.Series(far_N.astype(float)), QUIET=pl.Series(quiet_N.astype(int))
    )
    second = _set(_second(), "QUIET")
    two_NF = compute(wider, second)
    above_N = (
        one_NF[:, names.index("amount")] - one_NF[:, names.index("before_mean_90")]
    ) / np.maximum(one_NF[:, names.index("before_std_90")], 1e-9)
    whole = np.column_stack([one_NF, two_NF, above_N])
    return whole.astype(np.float32), (*names, *second.names, "customer_deviations"), table
