"""Features for any table: the three public sets through the same door, and what is left out and why."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ml.fraud.features import batch, online
from ml.fraud.features.errors import FeatureInputError
from ml.fraud.features.spec import FeatureSet
from ml.fraud.features.standard import Roles, standard_features
from ml.fraud.simulate.stream import table
from ml.fraud.simulate.world import Size

HANDBOOK = Roles(
    event_id="TRANSACTION_ID",
    time="TX_DATETIME",
    entities=("CUSTOMER_ID", "TERMINAL_ID"),
    amount="TX_AMOUNT",
    label="TX_FRAUD",
)
SETS = {
    "vehicle_claims/claims": Roles(label="FraudFound_P"),
    "ethereum_accounts/accounts": Roles(label="FLAG"),
    "handbook/transactions_raw": HANDBOOK,
}


def same_both_ways(rows: pl.DataFrame, features: FeatureSet) -> np.ndarray:
    """Return the features of the rows, having checked the stream and the JSON form."""
    again = FeatureSet.from_spec(json.loads(json.dumps(features.spec())))
    assert again == features
    states: dict[str, bytes] = {}
    live = []
    for event in rows.iter_rows(named=True):
        row, changed = online.compute(event, states, again)
        states |= changed
        live.append(row)
    offline = batch.compute(rows, features, arrival="rows")
    np.testing.assert_allclose(np.array(live), offline, rtol=1e-6)
    return offline


@pytest.mark.shared_data
@pytest.mark.parametrize("name", SETS)
def test_public_sets_need_no_code_of_their_own(name: str, shared_data: Path):
    rows = pl.read_parquet(shared_data / "fraud" / f"{name}.parquet").head(60_000)
    features = standard_features(rows, SETS[name])
    assert SETS[name].label not in features.columns
    found = same_both_ways(rows.head(200), features)
    assert found.shape == (200, len(features.names))


@pytest.mark.shared_data
def test_what_gives_the_label_or_the_time_away_is_left_out(shared_data: Path):
    rows = pl.read_parquet(shared_data / "fraud" / "handbook" / "transactions_raw.parquet")
    left_out = standard_features(rows.head(60_000), HANDBOOK).left_out
    assert "label" in left_out["TX_FRAUD_SCENARIO"]
    assert "time" in left_out["TX_TIME_SECONDS"]
    assert "time" in left_out["TX_TIME_DAYS"]


def test_simulated_payments_get_history_links_and_categories():
    rows = table(8, seed=1, size=Size(customers=60, merchants=20, fraud_share=0.05))
    roles = Roles(
        event_id="event_id",
        time="time",
        entities=("customer", "terminal", "device", ("customer", "merchant")),
        amount="amount",
        label="fraud",
        leave_out=("scenario",),
    )
    features = standard_features(rows, roles)
    wanted = {
        "customer_mean_amount_7d",
        "terminal_delayed_share_30d",
        "linked_customer_30d",
        "customer_x_merchant_count_1h",
        "country_is_DE",
    }
    assert wanted <= set(features.names)
    assert (
        sum(name.startswith("channel_is_") for name in features.names) == 1
    )  # two values: one says all
    assert not any("scenario" in name for name in features.names)
    same_both_ways(rows.head(300), features)


def test_row_numbers_constants_and_texts_are_left_out():
    rows = pl.DataFrame(
        {
            "number": range(100, 200),
            "same": ["x"] * 100,
            "words": [f"text {i}" for i in range(100)],
            "size": np.random.default_rng(0).normal(size=100),
            "kind": ["a", "b", None, "c"] * 25,
        }
    )
    features = standard_features(rows, Roles())
    assert set(features.left_out) == {"number", "same", "words"}
    assert features.names == ("size", "kind_is_a", "kind_is_b", "kind_is_c")


def test_a_table_without_anything_to_use_is_refused():
    with pytest.raises(FeatureInputError, match="No column can be used"):
        standard_features(pl.DataFrame({"same": [1, 1, 1]}), Roles())
    with pytest.raises(FeatureInputError, match="'when'"):
        standard_features(pl.DataFrame({"a": [1]}), Roles(time="when"))
