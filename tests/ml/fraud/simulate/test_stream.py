"""The simulated world: repeatable, ordered, with four kinds of fraud that features can find."""

import itertools

import numpy as np
import polars as pl
import pytest
from scipy.stats import rankdata

from ml.fraud.features import batch
from ml.fraud.features.spec import FeatureSet
from ml.fraud.simulate.scenarios import SCENARIOS
from ml.fraud.simulate.stream import events, table
from ml.fraud.simulate.world import Size

SMALL = Size(customers=150, merchants=30, payments_per_day=1.5, fraud_share=0.02)
DAY = 86_400


@pytest.fixture(scope="module")
def payments() -> pl.DataFrame:
    return table(60, seed=5, size=SMALL)


def test_one_seed_gives_one_world():
    first, again, other = (list(itertools.islice(events(s, SMALL), 300)) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_table_is_the_begin_of_the_stream(payments: pl.DataFrame):
    streamed = list(itertools.islice(events(5, SMALL), 200))
    assert payments.head(200).to_dicts() == streamed
    assert payments["time"].is_sorted()
    assert payments["event_id"].n_unique() == len(payments)


def test_every_scenario_occurs_at_a_realistic_rate(payments: pl.DataFrame):
    assert set(payments["scenario"].unique()) == {"", *SCENARIOS}
    assert 0.01 < payments["fraud"].mean() < 0.04
    assert payments.filter(fraud=0)["scenario"].unique().to_list() == [""]


def test_a_day_has_its_rhythm(payments: pl.DataFrame):
    honest = payments.filter(fraud=0)["time"].dt.hour().value_counts()
    by_hour = dict(honest.iter_rows())
    assert by_hour[18] > 4 * by_hour[3]


def test_a_table_is_bounded():
    with pytest.raises(ValueError, match="fewer"):
        table(1e6)


MARKS = {
    "card_testing": [
        {"name": "f", "kind": "distinct", "entity": ["device"], "column": "card", "window_s": DAY}
    ],
    "account_takeover": [
        {
            "name": "f",
            "kind": "distinct",
            "entity": ["customer"],
            "column": "device",
            "window_s": DAY,
        }
    ],
    "merchant_collusion": [
        {"name": "f", "kind": "delayed_share", "entity": ["terminal"], "window_s": 30 * DAY}
    ],
    "first_party": [
        {
            "name": "f",
            "kind": "ratio",
            "entity": ["customer"],
            "column": "amount",
            "window_s": 30 * DAY,
        }
    ],
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_one_feature_alone_finds_a_scenario(scenario: str, payments: pl.DataFrame):
    """Area under the curve of one feature, that scenario against honest payments."""
    roles = {"event_id": "event_id", "time": "time", "label": "fraud", "label_delay_s": DAY}
    features = FeatureSet.from_spec(roles | {"features": MARKS[scenario]})
    risk = np.nan_to_num(batch.compute(payments, features)[:, 0], nan=0.0)
    chosen = payments["scenario"].is_in(["", scenario]).to_numpy()
    bad = (payments["scenario"] == scenario).to_numpy()[chosen]
    ranks = rankdata(risk[chosen])
    n = bad.sum()
    area = (ranks[bad].sum() - n * (n + 1) / 2) / (n * (len(bad) - n))
    assert area > 0.7
