"""The library and `pq` against the running platform."""

import asyncio
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pentaquark import aio, sync
from pentaquark.cli.app import run as run_pq
from pentaquark.core import errors
from pentaquark.core.settings import Settings, credentials_file
from pentaquark.sync.client import Client
from tests.live_platform import LivePlatform

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]
VIEWER = "viewer-0042"
"""Nobody another test tells events of."""
PART_BYTES = 32 * 2**20


@pytest.fixture
def settings(live_platform: LivePlatform) -> Settings:
    return Settings(api_key=live_platform.api_key, base_url=live_platform.base_url)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    with sync.Client(settings) as made:
        yield made


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    draw = random.Random(1)  # noqa: S311  (made-up ratings)
    lines = [
        f"u{draw.randrange(50)},i{draw.randrange(40)},{draw.randrange(1, 6)}" for _ in range(2000)
    ]
    path = tmp_path / "ratings.csv"
    path.write_text("user,item,rating\n" + "\n".join(lines) + "\n")
    return path


def promised(record: Any) -> set[str]:
    """Return the members of a class that the platform did not send."""
    return set(type(record).members()) - set(record.raw)


def test_a_data_set_goes_up_is_split_and_comes_home(client: Client, csv: Path) -> None:
    dataset = client.datasets.create("sdk-ratings", [csv], target="rating", progress=False)
    assert (dataset.state, dataset.rows, dataset.target) == ("ready", 2000, "rating")
    assert promised(dataset) == set()
    assert "2,000 rows" in dataset._repr_html_()
    assert not any((credentials_file().parent / "uploads").iterdir())
    train, test = dataset.split(train_size=0.8)
    assert (train.rows, test.rows) == (1600, 400)
    home = train.to_polars()
    assert home.shape == (1600, 3)
    assert test.to_polars(["rating"]).columns == ["rating"]
    assert dataset.to_torch(["rating"])["rating"].shape == (2000,)
    assert len(dataset.preview(3)["rows"]) == 3
    cleaned = dataset.clean({"rule": "drop_duplicate_rows"}, progress=False)
    assert cleaned.version == 2
    assert cleaned.rows < 2000
    job = client.jobs.get(dataset.job or "")
    assert promised(job) == set()
    assert job.has_ended
    assert list(job.logs()) is not None
    dataset.delete()
    with pytest.raises(errors.NotFoundError, match="sdk-ratings"):
        client.datasets.get("sdk-ratings")


def test_a_bad_file_is_refused_with_place_and_remedy(client: Client, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"a,b\n1,2\n3,4,5\n")
    with pytest.raises(errors.DatasetRejectedError) as found:
        client.datasets.create("sdk-bad", bad, progress=False)
    assert "bad.csv" in found.value.detail
    assert "line 3" in found.value.detail
    client.datasets.get("sdk-bad").delete()


def test_a_killed_upload_goes_on_where_it_was(settings: Settings, tmp_path: Path) -> None:
    big = tmp_path / "big.csv"
    row = b"abcdefgh,12345678\n"
    big.write_bytes(b"name,value\n" + row * (5 * PART_BYTES // len(row)))
    environment = {
        **os.environ,
        "PENTAQUARK_API_KEY": settings.api_key,
        "PENTAQUARK_BASE_URL": settings.base_url,
    }
    code = "import sys, pentaquark as pq; print(pq.client().datasets.uploads.send(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(big)]
    killed = subprocess.Popen(command, env=environment)
    notes = credentials_file().parent / "uploads"
    with sync.Client(settings) as client:
        upload = first_part_there(client, notes, killed)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        before = client.request("GET", f"/api/v1/uploads/{upload}/")
        assert 0 < len(before["parts_received"]) < before["parts"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == upload
        assert client.request("GET", f"/api/v1/uploads/{upload}/")["complete"] is True
        client.request("DELETE", f"/api/v1/uploads/{upload}/")


def first_part_there(client: Client, notes: Path, sender: "subprocess.Popen[bytes]") -> str:
    """Wait until the platform has a part of the file being sent; return the upload's id."""
    while sender.poll() is None:
        for note in notes.glob("*.json"):
            upload = str(json.loads(note.read_text())["upload"])
            if client.request("GET", f"/api/v1/uploads/{upload}/")["parts_received"]:
                return upload
        time.sleep(0.02)
    return pytest.fail("the upload was through before it could be killed")


def test_models_endpoints_and_predictions(client: Client, tmp_path: Path) -> None:
    model = client.models.get("films")
    version = model.version("champion")
    assert promised(model) | promised(version) == set()
    assert model.compare("champion", version.number)["fit_s"]
    bundle = version.download(tmp_path)
    assert bundle.stat().st_size > version.size_bytes
    endpoint = client.endpoints.get("films")
    assert promised(endpoint) == set()
    asked = {"user": np.array([VIEWER], dtype=object), "k": [3]}
    answer = endpoint.predict(asked, parameters={"operation": "recommend"})
    assert answer["items"].shape == (1, 3)
    assert answer["scores"].dtype == np.float32
    same = client.recommendation.get("films").recommend(VIEWER, k=3)
    assert [each["item"] for each in same["items"]] == answer["items"][0].tolist()
    with pytest.raises(errors.NotFoundError):
        client.endpoints.get("none")


def test_an_endpoint_is_deployed_from_its_own_document(client: Client) -> None:
    document = json.dumps(client.endpoints.get("films").document())
    done = client.endpoints.deploy("films", document, dry_run=True)
    assert (done["action"], done["differences"]) == ("nothing", {})


def test_a_payment_is_decided_explained_replayed_and_labelled(
    client: Client, tmp_path: Path
) -> None:
    detector = client.fraud.get("payments")
    assert promised(detector) == set()
    listed = next(detector.decisions()).refresh()
    assert promised(listed) == set()
    event = listed.raw["event"] | {detector.raw["columns"]["id"]: "sdk-payment"}
    tried = detector.score(event, dry_run=True)
    assert tried.id is None
    made, again = detector.score([event, event])
    assert made.event_id == "sdk-payment"
    assert again.id == made.id
    assert made.replay()["same"] is True
    assert client.fraud.decision(made.id or "").features == made.features
    assert detector.labels({"sdk-payment": False, "never-seen": True}) == {
        "recorded": 2, "unchanged": 0, "unknown": 1,
    }  # fmt: skip
    scoring = detector.score_batch(detector.raw["dataset"], target="sdk-scores")
    assert promised(scoring) == set()
    lines = scoring.download(tmp_path).read_text().splitlines()
    assert len(lines) == scoring.rows + 1
    assert client.datasets.get("sdk-scores").id == scoring.target


def test_a_rule_a_list_and_the_cases(client: Client, tmp_path: Path) -> None:
    detector = client.fraud.get("payments")
    rule = detector.rules.create("sdk-big", "amount > 100000", "review").refresh()
    assert promised(rule) == set()
    event = next(detector.decisions()).refresh().raw["event"]
    rule.add_test("small", event, holds=False)
    assert rule.run_tests()["results"][0]["passed"] is True
    assert promised(rule.set_mode("shadow", 1)) == set()
    rule.set_mode("off", 1)
    rule.delete()
    entity = detector.raw["entities"][0]
    assert detector.lists.add("watch", entity, ["sdk-nobody"], reason="a test") == 1
    detector.lists.remove(next(detector.lists.entries("watch"))["id"])
    assert detector.policies.create({}, note="the defaults")["is_active"] is False
    for case in client.fraud.cases.queue(detector="payments")[:1]:
        assert promised(case.refresh()) == set()
        assert case.note("seen by the library")["text"] == "seen by the library"
        assert case.report(tmp_path).read_bytes().startswith(b"%PDF")


def test_the_async_client_does_the_same(settings: Settings, csv: Path) -> None:
    async def run() -> None:
        async with aio.Client(settings) as client:
            dataset = await client.datasets.create("sdk-async", csv, progress=False)
            train, test = await dataset.split(parts={"a": 0.5, "b": 0.5}, by="user")
            assert train.rows + test.rows == 2000
            assert (await train.to_polars()).height == train.rows
            assert [job async for job in client.jobs.list(state="succeeded")]
            await dataset.delete()

    asyncio.run(run())


def test_the_audit_log_is_read_and_verified(client: Client) -> None:
    assert next(client.audit.entries(action="dataset.create"))["action"] == "dataset.create"
    assert client.audit.verify()["ok"] is True


def test_pq_from_login_to_predictions(
    settings: Settings,
    csv: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def pq(*arguments: str, stdin: str = "", code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["pq", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            run_pq()
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == code, printed.out + printed.err
        return printed.out

    pq("login", "--url", settings.base_url, stdin=f"{settings.api_key}\n")
    assert re.search(r"runtime +ok", pq("doctor"))
    made = json.loads(pq("dataset", "create", str(csv), "-n", "pq-ratings", "--json"))
    assert made["rows"] == 2000
    assert json.loads(pq("dataset", "split", "-n", "pq-ratings", "--json"))["counts"]["test"] == 400
    pq("dataset", "create", str(csv), "-n", "pq-ratings", code=5)
    pq("dataset", "show", "-n", "nothing", code=4)
    assert "films" in pq("model", "list")
    spec = tmp_path / "films.yaml"
    spec.write_text(
        "apiVersion: pentaquark/v1\nkind: Endpoint\nmetadata:\n  name: pq-films\nspec:\n  model: films\n"
    )
    assert "created" in pq("deploy", "-f", str(spec))
    assert "as it was" in pq("deploy", "-f", str(spec))
    asked = json.dumps({"user": [VIEWER], "k": [2]})
    operation = json.dumps({"operation": "recommend"})
    answer = json.loads(pq("endpoint", "predict", asked, "-n", "films", "--parameters", operation))
    assert np.shape(answer["items"]) == (1, 2)
    pq("endpoint", "delete", "-n", "pq-films", "--yes")
    pq("dataset", "delete", "-n", "pq-ratings", "--yes")
    assert "dataset.delete" in pq("audit", "list", "--limit", "5")
