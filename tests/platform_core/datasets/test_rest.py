"""The REST routes, with a real key, real multipart bodies and a real object store."""

import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from platform_core.accounts.api import Actor, Role
from platform_core.audit.api import entries
from platform_core.datasets import api, params, uploading
from platform_core.datasets.models import SourceFile
from platform_core.vault import api as vault

CSV = b"user,item\na,1\nb,2\nb,2\n"
RestClient = Callable[..., APIClient]


def post(client: APIClient, url: str = "/api/v1/datasets/", **fields: Any) -> Any:
    return client.post(url, fields, format="multipart")


def file(content: bytes = CSV, name: str = "clicks.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def objects(actor: Actor) -> list[str]:
    return list(vault.list_objects(str(actor.organisation.pk)))


@pytest.fixture
def client(rest_client: RestClient, actor: Actor) -> APIClient:
    return rest_client(actor)


def test_upload_then_ready_with_rows_columns_and_issues(
    client: APIClient, run_jobs: Callable[[], None]
) -> None:
    answer = post(client, name="clicks", files=[file(), file(name="more.csv")])
    assert answer.status_code == 202
    assert answer.json()["state"] == "ingesting"
    url = f"/api/v1/datasets/{answer.json()['id']}/"
    assert client.get(url).json()["rows"] is None
    run_jobs()
    shown = client.get(url).json()
    assert (shown["state"], shown["rows"], shown["version"]) == ("ready", 6, 1)
    assert [column["name"] for column in shown["columns"]] == ["user", "item"]
    assert shown["issues"][0]["kind"] == "duplicate_rows"
    assert shown["issues"][0]["suggestion"] == {"rule": "drop_duplicate_rows", "columns": []}
    assert shown["profile"]["columns"][1]["max"] == 2
    assert shown["job"]
    listed = client.get("/api/v1/datasets/").json()
    assert [row["name"] for row in listed["results"]] == ["clicks"]


def test_the_file_is_never_stored_in_the_clear(client: APIClient, actor: Actor) -> None:
    post(client, name="secret", files=[file(b"a\n" + b"needle" * 1000)])
    row = SourceFile.objects.get(organisation=actor.organisation)
    assert objects(actor) == [row.path]
    assert row.size_bytes == 6002
    with vault.open_reader(data_key=row.data_key, path=row.path, context=row.context) as reader:
        assert reader.read(10) == b"a\nneedlene"


def test_cleaning_given_with_the_upload_becomes_version_2(
    client: APIClient, run_jobs: Callable[[], None]
) -> None:
    rules = json.dumps([{"rule": "drop_duplicate_rows"}])
    url = f"/api/v1/datasets/{post(client, name='x', files=[file()], cleaning=rules).json()['id']}/"
    run_jobs()
    shown = client.get(url).json()
    assert (shown["version"], shown["rows"]) == (2, 2)
    assert shown["cleaning"] == [
        {"rule": "drop_duplicate_rows", "columns": [], "changed": 1, "counts": "rows"}
    ]
    assert client.get(url, {"version": 1}).json()["rows"] == 3
    numbers = [(v["number"], v["base"]) for v in client.get(url + "versions/").json()["results"]]
    assert numbers == [(2, 1), (1, None)]


def test_versions_preview_splits_and_deletion(
    client: APIClient, actor: Actor, run_jobs: Callable[[], None]
) -> None:
    url = f"/api/v1/datasets/{post(client, name='x', files=[file()]).json()['id']}/"
    run_jobs()
    made = client.post(url + "versions/", {"cleaning": [{"rule": "drop_column", "column": "item"}]})
    assert (made.status_code, made.json()["state"]) == (202, "preparing")
    busy = client.post(url + "versions/", {"cleaning": [{"rule": "drop_duplicate_rows"}]})
    assert busy.status_code == 409
    run_jobs()
    added = post(client, url + "versions/", files=[file(b"user\nc\n")])
    assert added.status_code == 202
    run_jobs()
    preview = client.get(url + "preview/", {"rows": 10}).json()
    assert preview["rows"] == [["a"], ["b"], ["b"], ["c"]]
    assert entries(actor=actor).filter(action="dataset.preview").count() == 1
    split = client.post(
        url + "splits/", {"kind": "random", "parts": {"train": 0.75, "test": 0.25}, "seed": 7}
    )
    assert (split.status_code, split.json()["state"]) == (202, "preparing"), split.json()
    run_jobs()
    found = client.get(f"{url}splits/{split.json()['id']}/").json()
    assert (found["state"], found["counts"]) == ("ready", {"train": 3, "test": 1})
    assert len(client.get(url + "splits/").json()["results"]) == 1
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert objects(actor) == []
    assert entries(actor=actor).filter(action="dataset.delete").count() == 1


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"name": "x"}, 400, "1 to 100 files"),
        ({"files": [file()]}, 400, "name"),
        ({"name": "", "files": [file()]}, 400, "name"),
        ({"name": "a/b", "files": [file()]}, 400, "name"),
        ({"name": "x", "upload": file()}, 400, "files"),
        ({"name": "x", "files": [file()], "cleaning": "[{}]"}, 400, "no cleaning rule"),
        ({"name": "x", "files": [file()], "cleaning": "{"}, 400, "cleaning"),
        ({"name": "x", "files": [file()], "reading": '{"header": 1}'}, 400, "reading"),
        ({"name": "taken", "files": [file()]}, 409, "exists already"),
    ],
)
def test_a_refused_upload_leaves_nothing(
    client: APIClient, actor: Actor, fields: dict[str, Any], status: int, word: str
) -> None:
    post(client, name="taken", files=[file()])
    before = objects(actor), SourceFile.objects.count(), api.datasets(actor=actor).count()
    for part in fields.get("files", []):
        part.seek(0)
    answer = post(client, **fields)
    assert answer.status_code == status
    assert word in json.dumps(answer.json(), ensure_ascii=False)
    assert (objects(actor), SourceFile.objects.count(), api.datasets(actor=actor).count()) == before


@pytest.mark.parametrize("depth", [100, 100_000])
def test_rules_nested_beyond_all_measure_are_refused(client: APIClient, depth: int) -> None:
    cleaning = "[" * depth + "]" * depth
    response = post(client, name="x", cleaning=cleaning, files=[file()])
    assert response.status_code == 400
    assert "cleaning" in response.json()["errors"]


def test_a_file_beyond_the_limit_is_refused_while_it_arrives(
    client: APIClient, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "MAX_FILE_BYTES", 2**20)
    answer = post(client, name="big", files=[file(), file(b"x" * (2**20 + 1))])
    assert answer.status_code == 413
    assert objects(actor) == []
    assert not SourceFile.objects.exists()


def test_too_many_files_are_refused(client: APIClient, actor: Actor) -> None:
    answer = post(client, name="many", files=[file() for _ in range(params.MAX_FILES + 1)])
    assert answer.status_code == 400
    assert objects(actor) == []


def test_an_upload_cut_off_leaves_nothing(client: APIClient, actor: Actor) -> None:
    body = io.BytesIO()
    body.write(b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n')
    body.write(CSV * 100_000)
    raw = body.getvalue()
    answer = client.generic(
        "POST", "/api/v1/datasets/", raw[:-500], content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 400
    assert objects(actor) == []
    assert not SourceFile.objects.exists()


class BrokenPipe(io.RawIOBase):
    """A body whose sender goes away after the first megabyte."""

    def __init__(self, start: bytes) -> None:
        self._start = io.BytesIO(start)

    def read(self, size: int = -1) -> bytes:
        piece = self._start.read(size)
        if not piece:
            raise OSError("connection reset by peer")
        return piece


def test_a_sender_who_goes_away_leaves_nothing(client: APIClient, actor: Actor) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    answer = client.generic(
        "POST",
        "/api/v1/datasets/",
        b"",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(2**30),
        **{"wsgi.input": BrokenPipe(head + b"x" * 2**20)},
    )
    assert answer.status_code == 400
    assert objects(actor) == []
    assert not SourceFile.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "viewer", "read-only key"])
def test_who_may_not_upload_is_refused_before_the_body_is_read(
    rest_client: RestClient, actor: Actor, member: Callable[[Role], Actor], who: str
) -> None:
    clients = {
        "nobody": APIClient,
        "viewer": lambda: rest_client(member(Role.VIEWER)),
        "read-only key": lambda: rest_client(actor, "read"),
    }
    unread = BrokenPipe(b"")
    answer = clients[who]().generic(
        "POST",
        "/api/v1/datasets/",
        b"",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH="1000",
        **{"wsgi.input": unread},
    )
    assert answer.status_code == (401 if who == "nobody" else 403)
    assert not SourceFile.objects.exists()


def test_a_session_uploads_with_the_csrf_header_only(actor: Actor) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(actor.user)
    browser.get("/api/v1/datasets/")
    token = "a" * 32
    browser.cookies["csrftoken"] = token
    fields = {"name": "x", "files": [file()], "csrfmiddlewaretoken": token}
    refused = browser.post("/api/v1/datasets/", fields)
    assert refused.status_code == 403
    assert objects(actor) == []
    fields["files"] = [file()]
    taken = browser.post("/api/v1/datasets/", fields, headers={"X-CSRFToken": token})
    assert taken.status_code == 202, taken.content


def test_a_viewer_may_look_but_neither_preview_nor_delete(
    client: APIClient,
    rest_client: RestClient,
    member: Callable[[Role], Actor],
    run_jobs: Callable[[], None],
) -> None:
    url = f"/api/v1/datasets/{post(client, name='x', files=[file()]).json()['id']}/"
    run_jobs()
    viewer = rest_client(member(Role.VIEWER))
    assert viewer.get(url).status_code == 200
    assert viewer.get(url + "preview/").status_code == 403
    assert viewer.delete(url).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("delete", ""),
        ("get", "preview/"),
        ("get", "versions/"),
        ("post", "versions/"),
        ("get", "splits/"),
        ("post", "splits/"),
    ],
)
def test_another_organisation_finds_nothing(
    client: APIClient,
    rest_client: RestClient,
    stranger: Actor,
    run_jobs: Callable[[], None],
    method: str,
    path: str,
) -> None:
    key = post(client, name="mine", files=[file()]).json()["id"]
    run_jobs()
    for name in (key, "mine", str(uuid.uuid4())):
        url = f"/api/v1/datasets/{name}/{path}"
        assert getattr(rest_client(stranger), method)(url).status_code == 404
    assert rest_client(stranger).get("/api/v1/datasets/").json()["results"] == []
