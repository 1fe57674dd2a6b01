"""Back-tests through the job: over the history, over features of it, over stored decisions."""

import pytest

from apps.fraud.engine import backtesting, ruling
from apps.fraud.errors import BackTestNotFoundError
from apps.fraud.selectors import rules as reads
from apps.fraud.services import backtests
from platform_core.errors import InvalidInputError
from platform_core.jobs import api as jobs
from tests.apps.fraud import desk
from tests.apps.recommendation.conftest import run_job

pytestmark = pytest.mark.django_db


def tried(actor, detector, *texts, **where):
    read = [
        ruling.wording(actor=actor, detector=detector, body={"text": text, "action": "decline"})
        for text in texts
    ]
    rules = [(f"rule {number}", wording) for number, wording in enumerate(read)]
    made = backtests.request_backtest(actor=actor, detector=detector, rules=rules, **where)
    job = run_job(actor, jobs.get_job(actor=actor, job_id=made.job_id), backtesting.run)
    assert job.state == jobs.JobState.SUCCEEDED, job.error
    made = reads.get_backtest(actor=actor, detector=detector, backtest_id=str(made.pk))
    return made.result


def test_rules_over_the_history(actor):
    detector = desk.detector_of_data(actor)
    told = tried(
        actor, detector, "amount > 100", 'country == "FR" and customer == "c3"', "hour(time) == 12"
    )
    assert (told["events"], told["frauds"], told["fraud_amount"]) == (60, 6, 3000)
    large, abroad, noon = told["rules"]
    assert (large["hits"], large["frauds"], large["genuine"]) == (7, 6, 1)
    assert (large["fraud_amount"], large["genuine_amount"]) == (3000, 500)
    assert (abroad["hits"], abroad["frauds"]) == (6, 6)
    assert noon["hits"] == 15
    assert sum(large["days"]["hits"]) == 7


def test_rules_over_stored_decisions(actor):
    detector = desk.detector_of_data(actor)
    for amount, score in ((10.0, 0.2), (200.0, 0.9), (300.0, 0.95)):
        last = desk.decide(detector, amount=amount, score=score)
    detector.labels.create(organisation=actor.organisation, event_id=last.event_id, is_fraud=True)
    told = tried(
        actor, detector, "score > 0.5 and amount > 250", 'terminal == "T1"', own_decisions=True
    )
    assert told["events"] == 3
    assert [(r["hits"], r["frauds"], r["unknown"]) for r in told["rules"]] == [(1, 1, 0), (3, 1, 2)]


def test_a_backtest_is_bounded_and_owned(actor, stranger):
    detector = desk.detector_of_data(actor)
    with pytest.raises(InvalidInputError):
        backtests.request_backtest(actor=actor, detector=detector, rules=[])
    with pytest.raises(BackTestNotFoundError):
        reads.get_backtest(actor=stranger, detector=detector, backtest_id="x")
