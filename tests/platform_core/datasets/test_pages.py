"""The pages: every state, every tab, for everyone who may and nobody else."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from platform_core.accounts.api import Actor, Role
from platform_core.audit.api import entries
from platform_core.datasets import api, services
from tests.platform_core.datasets.conftest import InPlaceContext

Ingest = Callable[..., api.Dataset]
PageClient = Callable[[Actor], Client]
CSV = b"user,score,at\nann,1,2024-01-01\nbob,,2024-01-02\nbob,,2024-01-02\n\n eve,900,2024-01-03\n"
TABS = ["", "preview/", "issues/", "versions/", "splits/"]


@pytest.fixture
def client(page_client: PageClient, actor: Actor) -> Client:
    return page_client(actor)


@pytest.fixture
def dataset(ingest: Ingest) -> api.Dataset:
    return ingest({"a.csv": CSV}, name="clicks & more")


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_list_shows_an_empty_state_then_the_data_sets(client: Client, ingest: Ingest) -> None:
    assert "No data yet" in text(client.get("/data/"))
    ingest({"a.csv": CSV}, name="clicks & more")
    shown = text(client.get("/data/"))
    assert "clicks &amp; more" in shown
    assert "Ready" in shown


def test_the_upload_form_posts_to_the_rest_route(client: Client) -> None:
    shown = text(client.get("/data/upload/"))
    assert 'action="/api/v1/datasets/"' in shown
    assert 'name="files"' in shown


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_shown(client: Client, dataset: api.Dataset, tab: str) -> None:
    response = client.get(f"/data/{dataset.pk}/{tab}")
    assert response.status_code == 200
    assert "clicks &amp; more" in text(response)
    assert client.get(f"/data/{dataset.pk}/{tab}?version=1").status_code == 200
    assert client.get(f"/data/{dataset.pk}/{tab}?version=9").status_code == 404


def test_the_preview_leaves_an_audit_entry(
    client: Client, actor: Actor, dataset: api.Dataset
) -> None:
    assert "eve" in text(client.get(f"/data/{dataset.pk}/preview/"))
    assert entries(actor=actor).filter(action="dataset.preview").count() == 1


def test_ticked_suggestions_and_a_rule_of_ones_own_make_a_new_version(
    client: Client, dataset: api.Dataset, run_jobs: Callable[[], None]
) -> None:
    issues = api.current_version(dataset=dataset).issues
    duplicates = next(i for i, issue in enumerate(issues) if issue["kind"] == "duplicate_rows")
    fields = {"issue": [str(duplicates)], "rule": "drop_column", "column": "at", "value": ""}
    response = client.post(f"/data/{dataset.pk}/issues/", fields)
    assert response.status_code == 302
    assert "Making version 2" in text(client.get(f"/data/{dataset.pk}/"))
    assert "hx-get" in text(client.get(f"/data/{dataset.pk}/live/"))
    run_jobs()
    assert client.get(f"/data/{dataset.pk}/live/").headers["HX-Refresh"] == "true"
    version = api.current_version(dataset=dataset)
    assert (version.number, version.rows, len(version.columns)) == (2, 3, 2)
    assert "Remove duplicate rows" in text(client.get(f"/data/{dataset.pk}/versions/"))


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({}, 400, "No cleaning rule is chosen"),
        ({"rule": "cast_column", "column": "user", "value": "x"}, 400, "one of"),
        ({"rule": "fill_missing", "column": "user", "value": ""}, 202, ""),
        ({"rule": "nope", "column": "user"}, 400, "incomplete"),
        ({"issue": ["99", "x", "9" * 5000]}, 400, "No cleaning rule is chosen"),
    ],
)
def test_a_rule_that_cannot_be_is_explained_on_the_page(
    client: Client, dataset: api.Dataset, fields: dict[str, Any], status: int, word: str
) -> None:
    response = client.post(f"/data/{dataset.pk}/issues/", fields)
    assert response.status_code == (302 if status == 202 else status)
    assert word in text(response)


def test_a_split_is_made_and_refused_on_the_page(
    client: Client, dataset: api.Dataset, run_jobs: Callable[[], None]
) -> None:
    url = f"/data/{dataset.pk}/splits/"
    fields = {"kind": "random", "column": "", "parts": "train 50, test 50", "seed": "3"}
    assert client.post(url, fields).status_code == 302
    assert "every 1s" in text(client.get(url)), "the page looks again while the job runs"
    run_jobs()
    assert "every 1s" not in text(client.get(url))
    assert "train 2" in text(client.get(url))
    assert "add up" in text(client.post(url, fields | {"parts": "train 50, test 60"}))
    assert client.post(url, fields | {"parts": "x"}).status_code == 200


def test_a_rejected_file_says_where_and_what_to_do(client: Client, ingest: Ingest) -> None:
    dataset = ingest({"a.csv": b"a,b\n1,2,3\n"})
    shown = text(client.get(f"/data/{dataset.pk}/"))
    assert "The file was rejected" in shown
    assert "line 2" in shown
    assert "What to do:" in shown


def test_a_job_that_died_does_not_ingest_for_ever(
    client: Client, actor: Actor, dataset: api.Dataset, queued: list[InPlaceContext]
) -> None:
    rules = [{"rule": "drop_column", "column": "at"}]
    api.create_version(actor=actor, dataset=dataset, cleaning=rules)
    services.ingest_unfinished(job_id=queued[-1].job_id)
    shown = text(client.get(f"/data/{dataset.pk}/"))
    assert "The data could not be read" in shown
    assert "Version 1 is unchanged" in shown


def test_deletion_asks_for_the_name(client: Client, dataset: api.Dataset) -> None:
    url = f"/data/{dataset.pk}/delete/"
    assert client.post(url, {"confirm_name": "clicks"}).status_code == 400
    assert client.get(f"/data/{dataset.pk}/").status_code == 200
    assert client.post(url, {"confirm_name": "clicks & more"}).status_code == 302
    assert client.get(f"/data/{dataset.pk}/").status_code == 404


def test_a_viewer_sees_no_rows_and_no_buttons(
    page_client: PageClient, member: Callable[[Role], Actor], dataset: api.Dataset
) -> None:
    viewer = page_client(member(Role.VIEWER))
    shown = text(viewer.get(f"/data/{dataset.pk}/"))
    assert "preview/" not in shown
    assert "Clean into" not in shown
    assert viewer.get(f"/data/{dataset.pk}/preview/").status_code == 403
    assert viewer.get("/data/upload/").status_code == 403
    assert viewer.post(f"/data/{dataset.pk}/delete/", {"confirm_name": "x"}).status_code == 403


@pytest.mark.parametrize("tab", [*TABS, "live/"])
def test_another_organisation_finds_nothing(
    page_client: PageClient, stranger: Actor, dataset: api.Dataset, tab: str
) -> None:
    other = page_client(stranger)
    assert other.get(f"/data/{dataset.pk}/{tab}").status_code == 404
    assert other.get(f"/data/{uuid.uuid4()}/{tab}").status_code == 404
    assert other.post(f"/data/{dataset.pk}/delete/", {"confirm_name": "x"}).status_code == 404
    assert "clicks" not in text(other.get("/data/"))


def test_pages_send_strangers_to_the_log_in(dataset: api.Dataset) -> None:
    assert Client().get(f"/data/{dataset.pk}/").status_code == 302
