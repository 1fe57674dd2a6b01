"""Studies: asked for, waited for, their trials; from Python and from `pq`."""

import json
from pathlib import Path
from typing import Any

import pytest

from pentaquark import sync
from pentaquark.core.settings import Settings
from tests.sdk.conftest import Scripted, Told
from tests.sdk.test_command_line import logged_in as logged_in
from tests.sdk.test_command_line import pq

SPACE = {"fit.batch_size": {"type": "categorical", "choices": [32, 64]}}
TRAINING: dict[str, Any] = {"dataset": {"dataset": "d"}, "model": {}, "compile": {"loss": "mse"}}
QUEUED = {"id": "s", "name": "net", "job": "j", "state": "queued", "trials": 5}
BEST = {"number": 3, "value": 0.1, "parameters": {"fit.batch_size": 64}}
DONE = QUEUED | {"state": "succeeded", "complete": 5, "best": BEST}
ENDED = {"id": "j", "state": "succeeded", "kind": "tuning.study", "title": "Study"}
TRIAL = {"number": 3, "state": "complete", "value": 0.1, "parameters": {"fit.batch_size": 64}}


def test_a_study_is_asked_for_and_waited_for(server: Scripted) -> None:
    server.answers = [Told(202, QUEUED), Told(body=ENDED), Told(body=ENDED), Told(body=DONE)]
    server.answers += [Told(body={"results": [TRIAL], "next": None})]
    with sync.Client(Settings(api_key="pq_k", base_url=server.url)) as client:
        study = client.studies.create("net", TRAINING, SPACE, trials=5)
        assert (study.state, study.complete, study.best) == ("succeeded", 5, BEST)
        assert list(study.trials()) == [TRIAL]
    assert json.loads(server.asked[0][3]) == {
        "name": "net", "training": TRAINING, "space": SPACE, "trials": 5,
    }  # fmt: skip
    assert [asked[1] for asked in server.asked[-2:]] == [
        "/api/v1/studies/s/", "/api/v1/studies/s/trials/",
    ]  # fmt: skip


def test_pq_asks_for_the_study_of_a_document(
    logged_in: Scripted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "study.json"
    file.write_text(json.dumps({"name": "other", "training": TRAINING, "space": SPACE}))
    logged_in.answers = [Told(202, QUEUED)]
    options = ("-f", str(file), "-n", "net", "--trials", "5", "--no-wait", "--json")
    assert pq(monkeypatch, "study", "create", *options) == 0
    assert json.loads(capsys.readouterr().out) == QUEUED
    asked = json.loads(logged_in.asked[0][3])
    assert (asked["name"], asked["trials"], asked["space"]) == ("net", 5, SPACE)


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "net", "training": {"model": {}}}'])
def test_pq_says_what_a_document_lacks(
    logged_in: Scripted,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
) -> None:
    file = tmp_path / "study.json"
    file.write_text(text)
    assert pq(monkeypatch, "study", "create", "-f", str(file)) == 1
    assert "study.json" in capsys.readouterr().err.replace("\n", "")
    assert logged_in.asked == []


def test_pq_lists_studies_and_trials(
    logged_in: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logged_in.answers = [Told(body={"results": [DONE], "next": None}), Told(body=DONE)]
    logged_in.answers += [Told(body={"results": [TRIAL], "next": None})]
    assert pq(monkeypatch, "study", "list", "-n", "net", "--json") == 0
    assert logged_in.asked[0][1] == "/api/v1/studies/?name=net"
    assert json.loads(capsys.readouterr().out) == [DONE]
    assert pq(monkeypatch, "study", "trials", "s") == 0
    assert "fit.batch_size=64" in capsys.readouterr().out.replace("\n", "")
