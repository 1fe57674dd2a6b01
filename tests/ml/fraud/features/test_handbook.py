"""The public transactions: our features are the 14 that come with them, in the table and in the stream."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ml.fraud.features import batch, online
from tests.ml.fraud.features.handbook import reference_features

pytestmark = pytest.mark.shared_data
CUSTOMERS, TERMINALS, STREAMED = 60, 100, 4000
FEATURES = reference_features()
OF_CUSTOMERS = [n for n in FEATURES.names if not n.startswith("TERMINAL")]
OF_TERMINALS = [n for n in FEATURES.names if n.startswith("TERMINAL")]


@pytest.fixture(scope="module")
def transactions(shared_data: Path) -> pl.DataFrame:
    """All that some customers or some terminals took part in, with the reference beside it."""
    folder = shared_data / "fraud" / "handbook"
    some = (pl.col("CUSTOMER_ID") < CUSTOMERS) | (pl.col("TERMINAL_ID") < TERMINALS)
    raw = pl.scan_parquet(folder / "transactions_raw.parquet").filter(some)
    given = pl.scan_parquet(folder / "features_transformed.parquet")
    return raw.join(given, on="TRANSACTION_ID", how="left").sort("TRANSACTION_ID").collect()


def whole_histories(transactions: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return the rows whose entity is there with all it did; of equal instants, none.

    The reference orders two payments of a customer in the same second by chance.
    """
    if names is OF_TERMINALS:
        return transactions.filter(pl.col("TERMINAL_ID") < TERMINALS)
    own = transactions.filter(pl.col("CUSTOMER_ID") < CUSTOMERS)
    return own.filter(pl.struct("CUSTOMER_ID", "TX_DATETIME").is_unique())


@pytest.mark.parametrize("names", [OF_CUSTOMERS, OF_TERMINALS], ids=["customers", "terminals"])
def test_the_features_are_the_given_ones(transactions: pl.DataFrame, names: list[str]):
    ours = pl.DataFrame(batch.compute(transactions, FEATURES), list(FEATURES.names))
    both = transactions.select("TRANSACTION_ID", "CUSTOMER_ID", "TERMINAL_ID", "TX_DATETIME")
    rows = whole_histories(both.with_columns(ours), names)
    given = rows.select("TRANSACTION_ID").join(transactions, on="TRANSACTION_ID", how="left")
    assert len(rows) > 10_000
    for name in names:
        np.testing.assert_allclose(
            rows[name], given[name].cast(pl.Float64), rtol=1e-6, err_msg=name
        )


def test_the_stream_gives_the_same_with_one_in_a_hundred_late(transactions: pl.DataFrame):
    rng = np.random.default_rng(0)
    first = transactions.filter(pl.col("CUSTOMER_ID") < 25).head(STREAMED)
    late = (rng.random(len(first)) < 0.01) * rng.uniform(0, 86_400, len(first))
    arrived = first[np.argsort(first["TX_TIME_SECONDS"].to_numpy() + late, kind="stable")]
    states: dict[str, bytes] = {}
    rows = []
    for event in arrived.iter_rows(named=True):
        row, changed = online.compute(event, states, FEATURES)
        states |= changed
        rows.append(row)
    offline = batch.compute(arrived, FEATURES, arrival="rows")
    np.testing.assert_allclose(np.array(rows), offline, rtol=1e-6)
    in_order = batch.compute(arrived, FEATURES)
    assert not np.allclose(offline, in_order)  # being late has made a difference
