"""Tables of quite another kind go through the same door with no code of their own."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ml.fraud.evaluate import auc, average_precision
from ml.fraud.features.batch import compute
from ml.fraud.features.standard import Roles, standard_features
from ml.fraud.fitting import fit
from ml.fraud.predictor import load_predictor

pytestmark = pytest.mark.shared_data
PARAMS = {"model": "xgboost", "settings": {"rounds": 60, "max_bin": 256}}


def through(
    train: pl.DataFrame, test: pl.DataFrame, label: str, leave_out: tuple[str, ...]
) -> tuple[float, float]:
    """Return AUC and average precision on the test rows, as the served predictor scores them."""
    features = standard_features(train, Roles(label=label, leave_out=leave_out))
    detector = fit(
        compute(train, features), train[label].to_numpy(), None, names=features.names, params=PARAMS
    )
    rows = compute(test, features).astype(np.float32)
    scores = load_predictor(detector.bundle()).predict({"features": rows}, {})["score"]
    np.testing.assert_allclose(scores, detector.score(rows), atol=1e-5)
    fraud = test[label].to_numpy() == 1
    return auc(scores, fraud), average_precision(scores, fraud)


def test_vehicle_claims(shared_data: Path):
    table = pl.read_parquet(shared_data / "fraud" / "vehicle_claims" / "claims.parquet")
    train, test = table.filter(pl.col("Year") < 1996), table.filter(pl.col("Year") == 1996)
    assert (len(train), len(test)) == (11_337, 4_086)
    found_auc, precision = through(train, test, "FraudFound_P", ("PolicyNumber", "Year"))
    assert found_auc > 0.72  # chance is .5
    assert precision > 0.11  # chance is .053


def test_ethereum_accounts(shared_data: Path):
    table = pl.read_parquet(shared_data / "fraud" / "ethereum_accounts" / "accounts.parquet")
    fifth = np.arange(len(table)) % 5 == 0  # the rows are shuffled
    found_auc, precision = through(table.filter(~fifth), table.filter(fifth), "FLAG", ("Address",))
    assert found_auc > 0.98
    assert precision > 0.95
