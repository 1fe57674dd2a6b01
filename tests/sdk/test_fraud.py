"""Fraud: what is sent for a decision, a label, a scoring and a case, and what is made of the answers."""

import asyncio
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pentaquark as pq
from pentaquark import aio, sync
from pentaquark.core import errors
from pentaquark.core.settings import Settings
from tests.sdk.conftest import Scripted, Told
from tests.sdk.test_command_line import logged_in as logged_in
from tests.sdk.test_command_line import pq as run_pq

DETECTOR = {"name": "payments", "state": "ready", "serving_version": 1, "job": "j"}
EVENT = {"id": "p1", "amount": 9.5}
DECIDED = {"id": "d1", "event_id": "p1", "decision": "approve", "score": 0.01, "reasons": []}
ENDED = {"id": "j", "state": "succeeded", "kind": "fraud.score", "title": "Scoring"}
ONE = "/api/v1/fraud/detectors/payments/"


@pytest.fixture
def detector(server: Scripted) -> Iterator[sync.Detector]:
    with sync.Client(Settings(api_key="pq_k", base_url=server.url)) as client:
        yield sync.Detector(client, DETECTOR)


def sent(server: Scripted) -> list[tuple[str, str, Any]]:
    return [(m, path, json.loads(body) if body else None) for m, path, _, body in server.asked]


def test_an_event_becomes_a_decision_and_a_list_a_list(
    server: Scripted, detector: sync.Detector
) -> None:
    server.answers = [Told(body=DECIDED), Told(body={"results": [DECIDED, DECIDED]})]
    one = detector.score(EVENT)
    assert (one.decision, one.score, one.reasons) == ("approve", 0.01, [])
    many = detector.score([EVENT, EVENT], dry_run=True)
    assert [each.event_id for each in many] == ["p1", "p1"]
    assert sent(server) == [
        ("POST", f"{ONE}score", {"dry_run": False, "event": EVENT}),
        ("POST", f"{ONE}score", {"dry_run": True, "events": [EVENT, EVENT]}),
    ]


def test_a_broken_score_is_repeated_without_a_key_since_its_event_has_one(
    server: Scripted, detector: sync.Detector
) -> None:
    server.answers = [Told(0), Told(503), Told(body=DECIDED)]
    assert detector.score(EVENT).id == "d1"
    assert len({asked[3] for asked in server.asked}) == 1
    assert not any("Idempotency-Key" in asked[2] for asked in server.asked)


def test_labels_are_told_by_event_or_with_their_time(
    server: Scripted, detector: sync.Detector
) -> None:
    counts = {"recorded": 1, "unchanged": 0, "unknown": 0}
    server.answers = [Told(body=counts)] * 2
    assert detector.labels({"p1": True}) == counts
    timed = {"event_id": "p1", "is_fraud": False, "known_at": "2026-03-01T00:00:00Z"}
    detector.labels([timed])
    bodies = [body["labels"] for _, _, body in sent(server)]
    assert bodies == [[{"event_id": "p1", "is_fraud": True}], [timed]]


def test_a_data_set_is_scored_by_a_job_and_its_scores_come_home(
    server: Scripted, detector: sync.Detector, tmp_path: Path
) -> None:
    queued = {"id": "s1", "job": "j", "state": "queued", "target_name": "march-scores"}
    done = queued | {"state": "succeeded", "target": "t", "rows": 2}
    server.answers = [
        Told(202, {"name": "payments", "id": "s1", "job": "j"}), Told(body=queued),
        Told(body=ENDED), Told(body=ENDED), Told(body=done), Told(body=b"id,time,score\n"),
    ]  # fmt: skip
    scoring = detector.score_batch("march", target="march-scores")
    assert (scoring.state, scoring.rows, scoring.target) == ("succeeded", 2, "t")
    assert scoring.download(tmp_path) == tmp_path / "march-scores.csv"
    assert (tmp_path / "march-scores.csv").read_bytes() == b"id,time,score\n"
    assert sent(server)[0][2] == {"dataset": "march", "target": "march-scores"}
    assert sent(server)[-1][1] == f"{ONE}scores/s1/download"


def test_a_refused_download_leaves_no_file(
    server: Scripted, detector: sync.Detector, tmp_path: Path
) -> None:
    scoring = sync.Scoring(detector._client, "payments", {"id": "s1"})
    server.answers = [Told(404, {"detail": "Not there yet."})]
    with pytest.raises(errors.NotFoundError, match="Not there yet"):
        scoring.download(tmp_path / "scores.csv")
    assert list(tmp_path.glob("*.csv*")) + list(tmp_path.glob(".*.part")) == []


def test_a_rule_is_written_and_given_a_mode(server: Scripted, detector: sync.Detector) -> None:
    change = {"id": "c", "state": "waiting", "kind": "rule"}
    server.answers = [
        Told(201, {"id": "r", "name": "big", "mode": "off"}), Told(202, change),
        Told(body=change | {"state": "done"}), Told(201, {"added": 2}),
    ]  # fmt: skip
    rule = detector.rules.create("big", "amount > 900", "review")
    waiting = rule.set_mode("active", 1, reason="tried")
    assert (rule.mode, waiting.state, waiting.approve().state) == ("off", "waiting", "done")
    assert detector.lists.add("block", "customer", ["c1", "c2"], reason="told") == 2
    assert [path for _, path, _ in sent(server)] == [
        f"{ONE}rules/", f"{ONE}rules/r/mode", f"{ONE}changes/c/approve", f"{ONE}lists/",
    ]  # fmt: skip


def test_a_case_is_closed_and_then_shown_whole(server: Scripted, detector: sync.Detector) -> None:
    row = {"id": "1", "number": 7, "state": "open"}
    closed = row | {"state": "closed", "outcome": "fraud", "payments": []}
    server.answers = [
        Told(body={"waiting": 1, "results": [row]}), Told(body=closed), Told(body=closed)
    ]  # fmt: skip
    (case,) = detector._client.fraud.cases.queue(mine=True)
    assert case.payments is None
    assert (case.close("fraud").outcome, case.payments) == ("fraud", [])
    assert sent(server)[0][1] == "/api/v1/fraud/cases:queue?mine=true"
    assert sent(server)[1][2] == {"outcome": "fraud", "reason": ""}


def test_the_async_client_does_the_same(server: Scripted) -> None:
    same = {"id": "d1", "same": True, "differs": []}
    server.answers = [Told(body=DETECTOR), Told(body=DECIDED)]
    server.answers += [Told(body={"results": [DECIDED], "next": None}), Told(body=same)]

    async def run() -> None:
        async with aio.Client(Settings(api_key="pq_k", base_url=server.url)) as client:
            found = await client.fraud.get("payments")
            assert (await found.score(EVENT)).id == "d1"
            (stored,) = [each async for each in found.decisions()]
            assert (await stored.replay())["same"] is True

    asyncio.run(run())


def test_the_member_follows_the_present_settings(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pq, "api_key", "one")
    first = pq.fraud
    monkeypatch.setattr(pq, "api_key", "two")
    assert pq.fraud is not first


def test_pq_scores_an_event_of_standard_input_and_tells_a_label(
    logged_in: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logged_in.answers = [Told(body=DETECTOR), Told(body={"results": [DECIDED]})]
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps([EVENT])))
    assert run_pq(monkeypatch, "app", "fraud", "score", "-", "-n", "payments", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [DECIDED]
    logged_in.answers = [Told(body=DETECTOR), Told(body={"recorded": 2})]
    labels = ("p=1=fraud", "p2=genuine")
    assert run_pq(monkeypatch, "app", "fraud", "label", *labels, "-n", "payments") == 0
    told = [
        {"event_id": "p=1", "is_fraud": True}, {"event_id": "p2", "is_fraud": False},
    ]  # fmt: skip
    assert sent(logged_in)[-1][2] == {"labels": told}


@pytest.mark.parametrize(
    "arguments",
    [("score", "{"), ("score", "[1]"), ("label", "p1=maybe"), ("label", "fraud")],
)
def test_pq_refuses_what_it_cannot_read_before_anything_is_sent(
    logged_in: Scripted, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    assert run_pq(monkeypatch, "app", "fraud", *arguments, "-n", "payments") == 2
    assert logged_in.asked == []
