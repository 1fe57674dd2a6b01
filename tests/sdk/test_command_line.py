"""`pq`: what it prints, and what it ends with."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pentaquark.cli import deploying, doctor, output
from pentaquark.cli.app import run
from pentaquark.core.errors import PentaquarkError
from tests.sdk.conftest import Scripted, Told


def pq(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["pq", *arguments])
    try:
        run()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def logged_in(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    monkeypatch.setenv("PENTAQUARK_API_KEY", "pq_k")
    monkeypatch.setenv("PENTAQUARK_BASE_URL", server.url)
    return server


def test_a_table_for_people_and_json_for_programs(
    logged_in: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"name": "films [red]", "state": "ready", "created_at": "now", "id": "1"}]
    logged_in.answers = [Told(body={"results": rows, "next": None})] * 2
    assert pq(monkeypatch, "dataset", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == rows
    monkeypatch.setattr(output, "out", output.Console(width=120))
    assert pq(monkeypatch, "dataset", "list") == 0
    assert "films [red]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Told(404, {"detail": "None."}), 4), (Told(401), 3), (Told(409), 5), (Told(400), 2)],
)
def test_refusals_have_exit_codes(
    logged_in: Scripted, monkeypatch: pytest.MonkeyPatch, answer: Told, code: int
) -> None:
    logged_in.answers = [answer]
    assert pq(monkeypatch, "job", "show", "1") == code


def test_a_failed_job_ends_with_six_and_its_words(
    logged_in: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed: dict[str, Any] = {"id": "1", "title": "Training", "state": "failed", "progress": 1.0}
    failed["error"] = {"detail": "Out of memory.", "remedy": "Use less."}
    logged_in.answers = [Told(body=failed)] * 2
    assert pq(monkeypatch, "job", "watch", "1") == 6
    said = capsys.readouterr().err
    assert "Out of memory." in said
    assert "Remedy: Use less." in said


def test_without_a_key_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pq(monkeypatch, "dataset", "list") == 3
    assert "pq login" in capsys.readouterr().err


def test_login_checks_the_key_before_it_is_kept(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    person = {"email": "a@b", "organisation": {"name": "Ours"}}
    server.answers = [Told(401), Told(body=person)]
    for code in (3, 0):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from pentaquark.cli import main; main()",
                "login",
                "--url",
                server.url,
            ],
            input="pq_secret\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "pq_secret" not in done.stdout + done.stderr
        assert own_home.exists() is (code == 0)
    assert json.loads(own_home.read_text())["api_key"] == "pq_secret"


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: pentaquark/v1\nmetadata:\n  name: films\nspec: {}\n",
        'metadata: {name: "films"}\n',
        '{"metadata": {"name": "films"}}',
        "metadata: # of it\n\n  # a comment\n  name: 'films'\n",
    ],
)
def test_deploy_finds_the_name_in_a_document(text: str) -> None:
    assert deploying.name_in(text, Path("e.yaml")) == "films"


def test_deploy_says_when_there_is_no_name() -> None:
    with pytest.raises(PentaquarkError, match="-n NAME"):
        deploying.name_in("spec:\n  name: other\n", Path("e.yaml"))


def findings(checks: dict[str, str]) -> dict[str, str]:
    return {each.check: each.state for each in doctor.look() if each.check in checks}


def test_doctor_finds_a_foreign_server(logged_in: Scripted) -> None:
    logged_in.answers = [Told(200, b"<html>a page</html>")]
    assert findings({"address": ""}) == {"address": "bad"}


def test_doctor_finds_a_wrong_clock_a_narrow_key_and_no_runtime(
    logged_in: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENTAQUARK_RUNTIME_URL", "http://127.0.0.1:1")
    person = {"email": "a", "role": "owner", "organisation": {"name": "o"}, "permissions": []}
    early = {"Content-Type": "application/json", "Date": "Mon, 01 Jan 2001 00:00:00 GMT"}
    logged_in.answers = [Told(401, {}, early), Told(body=person)]
    found = {each.check: each for each in doctor.look()}
    assert found["address"].state == "ok"
    assert found["scopes"].state == "note"
    assert "upload data" in found["scopes"].words
    assert found["runtime"].state == "bad"
    assert "PENTAQUARK_RUNTIME_URL" in found["runtime"].remedy


def test_doctor_finds_credentials_that_others_may_read(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_home.parent.mkdir()
    own_home.write_text('{"api_key": "k", "base_url": "http://127.0.0.1:1"}')
    own_home.chmod(0o644)
    assert findings({"credentials": "", "address": ""}) == {"credentials": "bad", "address": "bad"}


def test_the_library_stands_on_its_three_dependencies() -> None:
    import tomllib  # noqa: PLC0415

    project = tomllib.loads((Path(__file__).parents[2] / "sdk" / "pyproject.toml").read_text())
    names = {each.partition(">")[0] for each in project["project"]["dependencies"]}
    assert names == {"httpx", "typer", "rich"}
