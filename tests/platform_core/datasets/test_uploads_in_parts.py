"""Files sent in parts, and rows taken home."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from rest_framework.test import APIClient

from platform_core.accounts.api import Actor, Role
from platform_core.audit.api import entries
from platform_core.datasets import parts, resumable
from platform_core.datasets.models import SourceFile
from platform_core.vault import api as vault
from tests import factories

RestClient = Callable[..., APIClient]
CSV = b"user,item\n" + b"".join(b"u%d,%d\n" % (n, n) for n in range(200))
UPLOADS = "/api/v1/uploads/"


@pytest.fixture
def client(rest_client: RestClient, actor: Actor) -> APIClient:
    return rest_client(actor)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 500)


def begin(client: APIClient, content: bytes = CSV) -> dict[str, Any]:
    body = {"filename": "clicks.csv", "size_bytes": len(content)}
    answer = client.post(UPLOADS, body, format="json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def put(client: APIClient, upload: dict[str, Any], number: int, content: bytes = CSV) -> Any:
    piece = content[number * upload["part_bytes"] :][: upload["part_bytes"]]
    url = f"{UPLOADS}{upload['id']}/parts/{number}/"
    return client.put(url, piece, content_type="application/octet-stream")


@pytest.mark.usefixtures("small_parts")
def test_parts_in_any_order_become_the_data_set(
    client: APIClient, run_jobs: Callable[[], None], actor: Actor
) -> None:
    upload = begin(client)
    assert upload["parts"] > 3
    for number in reversed(range(upload["parts"])):
        assert put(client, upload, number).status_code == 204
        assert put(client, upload, number).status_code == 204  # sent twice it counts once
    shown = client.get(f"{UPLOADS}{upload['id']}/").json()
    assert shown["complete"] is True
    assert shown["parts_received"] == list(range(upload["parts"]))
    made = client.post(
        "/api/v1/datasets/", {"name": "clicks", "uploads": [upload["id"]]}, format="json"
    )
    assert made.status_code == 202, made.content
    run_jobs()
    dataset = client.get(f"/api/v1/datasets/{made.json()['id']}/").json()
    assert (dataset["state"], dataset["rows"]) == ("ready", 200), dataset["rejection"]
    left = [path for path in vault.list_objects(str(actor.organisation.pk)) if "/uploads/" in path]
    assert left == []


@pytest.mark.usefixtures("small_parts")
def test_an_unfinished_upload_makes_no_data_set_and_stays(client: APIClient) -> None:
    upload = begin(client)
    put(client, upload, 0)
    body = {"name": "clicks", "uploads": [upload["id"]]}
    refused = client.post("/api/v1/datasets/", body, format="json")
    assert refused.status_code == 400
    assert refused.json()["remedy"] == "Send the parts that are missing."
    assert client.get(f"{UPLOADS}{upload['id']}/").json()["parts_received"] == [0]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("sent", [b"too short", CSV + b"too long"])
def test_a_part_of_another_length_leaves_nothing(
    client: APIClient, actor: Actor, sent: bytes
) -> None:
    upload = begin(client)
    url = f"{UPLOADS}{upload['id']}/parts/0/"
    assert client.put(url, sent, content_type="application/octet-stream").status_code == 400
    assert put(client, upload, 99).status_code == 400
    assert client.get(f"{UPLOADS}{upload['id']}/").json()["parts_received"] == []
    assert list(vault.list_objects(str(actor.organisation.pk))) == []


@pytest.mark.usefixtures("small_parts")
def test_parts_cannot_change_places(client: APIClient, actor: Actor) -> None:
    upload = begin(client)
    for number in range(upload["parts"]):
        put(client, upload, number)
    row = SourceFile.objects.get(pk=upload["id"])
    with parts.open_source(row) as whole:
        assert whole.read() == CSV
        whole.seek(495)
        assert whole.read(10) == CSV[495:505]
    with pytest.raises(vault.DecryptionError):
        vault.open_reader(
            data_key=row.data_key, path=parts.path(row, 1), context=parts.context(row, 0)
        )


def test_sizes_and_numbers_are_bounded(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    big = {"filename": "a.csv", "size_bytes": 2**50}
    assert client.post(UPLOADS, big, format="json").status_code == 413
    monkeypatch.setattr(resumable, "MAX_WAITING", 1)
    begin(client)
    small = {"filename": "a.csv", "size_bytes": 5}
    refused = client.post(UPLOADS, small, format="json")
    assert refused.status_code == 409
    assert refused.json()["remedy"]


def test_a_deleted_upload_is_gone(client: APIClient, actor: Actor) -> None:
    upload = begin(client)
    assert put(client, upload, 0).status_code == 204
    assert client.delete(f"{UPLOADS}{upload['id']}/").status_code == 204
    assert client.get(f"{UPLOADS}{upload['id']}/").status_code == 404
    assert list(vault.list_objects(str(actor.organisation.pk))) == []


def test_another_organisation_finds_no_upload(client: APIClient, rest_client: RestClient) -> None:
    upload = begin(client)
    other = rest_client(factories.actor())
    assert other.get(f"{UPLOADS}{upload['id']}/").status_code == 404
    assert put(other, upload, 0).status_code == 404
    body = {"name": "theirs", "uploads": [upload["id"]]}
    assert other.post("/api/v1/datasets/", body, format="json").status_code == 404


@pytest.fixture
def ready(client: APIClient, run_jobs: Callable[[], None]) -> str:
    upload = begin(client)
    put(client, upload, 0)
    body = {"name": "clicks", "uploads": [upload["id"]]}
    made = client.post("/api/v1/datasets/", body, format="json").json()
    run_jobs()
    return f"/api/v1/datasets/{made['id']}/"


def table(answer: Any) -> pa.Table:
    assert answer.status_code == 200, answer.content
    return pa.ipc.open_stream(io.BytesIO(b"".join(answer.streaming_content))).read_all()


def test_rows_come_as_an_arrow_stream_and_the_log_says_who(
    client: APIClient, ready: str, actor: Actor
) -> None:
    taken = table(client.get(f"{ready}rows/"))
    assert taken.to_pydict()["item"] == list(range(200))
    one = table(client.get(f"{ready}rows/", {"columns": '["item"]'}))
    assert one.column_names == ["item"]
    assert client.get(f"{ready}rows/", {"columns": '["nothing"]'}).status_code == 400
    noted = [entry.action for entry in entries(actor=actor)]
    assert noted.count("dataset.download") == 2


def test_parts_of_a_split_come_apart(
    client: APIClient, ready: str, run_jobs: Callable[[], None]
) -> None:
    body = {"kind": "random", "parts": {"train": 0.8, "test": 0.2}}
    split = client.post(f"{ready}splits/", body, format="json").json()["id"]
    run_jobs()
    found = [
        table(client.get(f"{ready}rows/", {"split": split, "part": part}))["item"].to_pylist()
        for part in ("train", "test")
    ]
    assert sorted(found[0] + found[1]) == list(range(200))
    assert len(found[0]) > len(found[1]) > 0
    assert client.get(f"{ready}rows/", {"split": split, "part": "no"}).status_code == 400
    assert client.get(f"{ready}rows/", {"split": str(uuid.uuid4())}).status_code == 404


def test_who_may_only_look_takes_nothing_home(
    ready: str, rest_client: RestClient, member: Callable[[Role], Actor]
) -> None:
    assert rest_client(member(Role.ANALYST)).get(f"{ready}rows/").status_code == 403
