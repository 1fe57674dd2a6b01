"""The job `fraud.backtest`: rules tried on a data set, or on what a detector decided.

Shapes: N events, F features.
"""

import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from apps.fraud.engine import loading
from apps.fraud.errors import FraudDataError
from apps.fraud.models import BackTest, Decision, Detector, Label
from apps.fraud.services import sealing
from ml.fraud.features import batch
from ml.fraud.features.errors import FeatureError
from ml.fraud.rules import backtest
from ml.fraud.rules.expression import Expression, parse
from platform_core.datasets import api as datasets
from platform_core.jobs.api import JobContext

MAX_DECISIONS = 200_000
"""The newest decisions that are opened for one back-test; each is unsealed."""


def run(context: JobContext) -> dict[str, Any]:
    """Try the rules of a back-test and store what was found.

    Args:
        context: of the job; its params are `{"backtest": id}`.

    Returns:
        `{"backtest", "events", "hits"}`.

    Raises:
        FraudDataError: the data set does not have what the rules or the detector read.
    """
    made = BackTest.objects.owned_by(context.organisation).get(pk=context.params["backtest"])
    detector = made.detector
    rules = [parse(told["text"], told["kinds"]) for told in made.rules]
    context.update(0.0, "Reading the data")
    if made.dataset_version_id is None:
        found = _decided(detector, rules)
    else:
        found = _of_dataset(detector, str(made.dataset_version_id), rules, context)
    table, fraud_N, amount_N, time_N = found
    context.update(0.8, "Trying the rules")
    result = backtest.measure(rules, table, fraud_N=fraud_N, amount_N=amount_N, time_N=time_N)
    for told, each in zip(result["rules"], made.rules, strict=True):
        told.update(name=each["name"], text=each["text"], action=each["action"])
    with context.fenced():
        made.result = result
        made.save(update_fields=["result"])
    hits = result["together"]["hits"]
    return {"backtest": str(made.pk), "events": result["events"], "hits": hits}


_Found = tuple[pl.DataFrame, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _of_dataset(
    detector: Detector, version_id: str, rules: list[Expression], context: JobContext
) -> _Found:
    version = datasets.get_version(actor=context.actor, version_id=version_id)
    history = loading.read(detector, version)
    table, names = history.table, set().union(*(rule.reads for rule in rules))
    if names & set(history.features.names) - set(table.columns):
        context.update(0.2, "Computing features")
        table = _with_features(history)
    fraud_N = loading.labels(history.table, detector.columns.get("label"))
    amount_N = loading.numbers(history.table, detector.columns.get("amount"))
    time_N = loading.seconds(history.table, history.features)
    nothing_N = np.full(len(table), np.nan)
    table = _readable(table, detector, time_N)
    return (
        table,
        nothing_N if fraud_N is None else fraud_N,
        nothing_N if amount_N is None else amount_N,
        time_N,
    )


def _with_features(history: loading.History) -> pl.DataFrame:
    try:
        features_NF = batch.compute(history.table, history.features)
    except FeatureError as error:
        raise FraudDataError(str(error), remedy="Choose another data set.") from error
    named = {
        name: features_NF[:, place]
        for place, name in enumerate(history.features.names)
        if name not in history.table.columns
    }
    return history.table.with_columns(**{name: pl.Series(each) for name, each in named.items()})


def _readable(table: pl.DataFrame, detector: Detector, time_N: NDArray[np.float64]) -> pl.DataFrame:
    """Return the table with time in seconds and entities as the texts that rules compare."""
    casts = [pl.col(name).cast(pl.String) for name in detector.entities if name in table.columns]
    moment = pl.Series(detector.columns["time"], time_N)
    return table.with_columns(*casts).with_columns(moment)


def _decided(detector: Detector, rules: list[Expression]) -> _Found:
    """Return the newest decisions as a table of their events, features and scores."""
    names = sorted(set().union(*(rule.reads for rule in rules)))
    features = [str(each["name"]) for each in (detector.features or {}).get("features", [])]
    columns: dict[str, list[Any]] = {name: [] for name in names}
    truth = dict(Label.objects.filter(detector=detector).values_list("event_id", "is_fraud"))
    fraud, amount, time = [], [], []
    newest = Decision.objects.filter(detector=detector).select_related("detector")
    for decision in newest.order_by("-decided_at")[:MAX_DECISIONS].iterator(chunk_size=500):
        body = sealing.body_of(decision)
        named = dict(zip(features, body["features"], strict=False))
        named |= {**body["event"], "score": decision.score}
        named[detector.columns.get("time", "")] = decision.occurred_at.timestamp()
        for name in names:
            columns[name].append(named.get(name))
        fraud.append(float(truth[decision.event_id]) if decision.event_id in truth else math.nan)
        amount.append(decision.amount)
        time.append(decision.occurred_at.timestamp())
    table = pl.DataFrame({name: pl.Series(each, strict=False) for name, each in columns.items()})
    return table, np.array(fraud), np.array(amount), np.array(time)
