"""The demo's payments: one world before and after the history, and a stream that goes on where it was."""

import datetime as dt
import io
import itertools

import polars as pl
import pytest

from apps.fraud.demo import streaming
from apps.fraud.engine import simulating
from apps.fraud.engine.live import scoring
from apps.fraud.models import Decision, Detector
from platform_core.accounts.api import Actor
from tests.apps.fraud.conftest import START, event

BEGAN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_what_comes_follows_the_history():
    history = pl.read_parquet(io.BytesIO(simulating.history(BEGAN)))
    assert 10_000 < len(history) < 30_000
    assert set(simulating.COLUMNS.values()) | set(simulating.ENTITIES) <= set(history.columns)
    assert "scenario" not in history.columns
    after = [sent for sent, _ in itertools.islice(simulating.live(BEGAN, None), 50)]
    assert not {"fraud", "scenario"} & set(after[0])
    assert not {each["event_id"] for each in after} & set(history["event_id"])
    assert history["time"].max() < dt.datetime.fromisoformat(after[0]["time"])
    assert {each["customer"] for each in after} & set(history["customer"])


def test_payments_are_decided_and_go_on_where_they_were(
    actor: Actor, trained: Detector, monkeypatch
):
    def live(start, after):
        first = 0 if after is None else round((after - START).total_seconds() / 60) - 20 * 1440 + 1
        return ((event(number), number == 1) for number in itertools.count(first))

    monkeypatch.setattr(simulating, "live", live)
    monkeypatch.setattr(streaming, "LABEL_AFTER", 2)
    for _ in range(2):
        streaming.send(actor, trained.name, START, count=4, rate_per_s=1_000)
    decided = Decision.objects.values_list("event_id", flat=True)
    assert set(decided) == {f"e{number}" for number in range(8)}
    assert list(trained.labels.values_list("event_id", flat=True)) == ["e1"]


@pytest.mark.django_db(transaction=True)
def test_a_first_payment_decided_without_the_model_does_not_hold_the_start_up(
    actor: Actor, trained: Detector, request, monkeypatch
):
    monkeypatch.setattr(simulating, "live", lambda start, after: iter([(event(1), False)]))
    monkeypatch.setitem(simulating.COLUMNS, "id", "id")
    monkeypatch.setattr(streaming, "SERVED_WITHIN_S", 30.0)
    told = scoring.score(actor=actor, name=trained.name, events=[event(1)])[0]
    assert told["fallback"]
    request.getfixturevalue("warm")
    streaming.wait_until_served(actor, trained.name, START)
