"""A back-test whose every figure can be counted by hand."""

import numpy as np
import pytest

from ml.fraud.rules.backtest import DAY_S, MAX_DAYS, measure
from ml.fraud.rules.expression import parse

FIELDS = {"amount": "number", "country": "string"}
TABLE = {
    "amount": [10.0, 500.0, 600.0, 20.0, 700.0, None],
    "country": ["DE", "FR", "DE", "FR", "FR", "FR"],
}
FRAUD = np.array([0, 1, 0, 1, np.nan, 0])
AMOUNT = np.array([10, 500, 600, 20, 700, np.nan])
TIME = np.array([0, 0, 1, 1, 3, 3]) * DAY_S + 5.0


def measured(*texts):
    rules = [parse(text, FIELDS) for text in texts]
    return measure(rules, TABLE, fraud_N=FRAUD, amount_N=AMOUNT, time_N=TIME)


def test_every_figure():
    told = measured("amount > 100", 'country == "FR"')
    assert (told["events"], told["frauds"], told["fraud_amount"]) == (6, 2, 520)
    large, abroad = told["rules"]
    assert (large["hits"], large["frauds"], large["genuine"], large["unknown"]) == (3, 1, 1, 1)
    assert (large["precision"], large["recall"], large["only"]) == (0.5, 0.5, 0)
    assert (large["fraud_amount"], large["genuine_amount"]) == (500, 600)
    assert (abroad["hits"], abroad["frauds"], abroad["genuine"], abroad["only"]) == (4, 2, 1, 1)
    assert abroad["precision"] == pytest.approx(2 / 3)
    assert abroad["days"] == {"hits": [1, 1, 0, 2], "frauds": [1, 1, 0, 0]}
    assert (told["together"]["hits"], told["together"]["frauds"]) == (5, 2)
    assert told["steps"] == [0, DAY_S, 2 * DAY_S, 3 * DAY_S]


def test_nothing_hit_has_no_precision():
    (rule,) = measured("amount > 1e6")["rules"]
    assert (rule["hits"], rule["precision"], rule["recall"]) == (0, None, 0.0)


def test_a_long_history_is_told_in_longer_steps():
    time = np.arange(2 * MAX_DAYS + 1, dtype=float) * DAY_S
    known = np.zeros(len(time))
    told = measure(
        [parse("amount >= 0", FIELDS)],
        {"amount": known},
        fraud_N=known,
        amount_N=known,
        time_N=time,
    )
    assert told["step_s"] == 3 * DAY_S
    assert sum(told["rules"][0]["days"]["hits"]) == len(time)


def test_an_empty_history():
    empty = np.zeros(0)
    told = measure(
        [parse("amount > 0", FIELDS)],
        {"amount": empty},
        fraud_N=empty,
        amount_N=empty,
        time_N=empty,
    )
    assert told["rules"][0]["hits"] == 0
