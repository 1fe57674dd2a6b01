"""The log over REST, and its check over REST and on the command line."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from platform_core.accounts.api import Actor, Role
from platform_core.audit import api
from tests import factories

pytestmark = pytest.mark.django_db
RestClient = Callable[..., APIClient]


@pytest.fixture
def log(actor: Actor) -> Actor:
    for number in range(3):
        api.record(actor=actor, action=f"dataset.step{number}", target=f"dataset:{number}")
    return actor


def tamper() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET action = 'x' WHERE sequence = 2")


def test_the_newest_entry_comes_first_with_the_person_named(
    log: Actor, rest_client: RestClient
) -> None:
    rows = rest_client(log).get("/api/v1/audit/").json()["results"]
    assert [row["sequence"] for row in rows] == [3, 2, 1]
    assert rows[0]["user"] == log.user.email


def test_the_log_comes_in_pages(log: Actor, rest_client: RestClient) -> None:
    client = rest_client(log)
    first = client.get("/api/v1/audit/?page_size=2").json()
    second = client.get(first["next"]).json()
    assert [row["sequence"] for row in first["results"] + second["results"]] == [3, 2, 1]


@pytest.mark.parametrize(
    ("query", "count"),
    [("action=dataset.step1", 1), ("target=dataset:2", 1), ("since=2001-01-01T00:00:00Z", 3)],
)
def test_the_log_can_be_narrowed(
    log: Actor, rest_client: RestClient, query: str, count: int
) -> None:
    assert len(rest_client(log).get(f"/api/v1/audit/?{query}").json()["results"]) == count


def test_a_malformed_filter_is_named(log: Actor, rest_client: RestClient) -> None:
    answer = rest_client(log).get("/api/v1/audit/?user_id=nobody")
    assert answer.status_code == 400
    assert "user_id" in answer.json()["errors"]


def test_another_organisation_sees_nothing(
    log: Actor, stranger: Actor, rest_client: RestClient
) -> None:
    assert rest_client(stranger).get("/api/v1/audit/").json()["results"] == []


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_read_and_verify(
    log: Actor, rest_client: RestClient, role: Role
) -> None:
    client = rest_client(factories.actor(log.organisation, role))
    expected = 200 if role in {Role.OWNER, Role.ADMIN} else 403
    assert client.get("/api/v1/audit/").status_code == expected
    assert client.post("/api/v1/audit/verify/").status_code == expected


def test_verifying_a_whole_chain_says_so_and_is_noted(log: Actor, rest_client: RestClient) -> None:
    answer = rest_client(log).post("/api/v1/audit/verify/").json()
    assert (answer["ok"], answer["checked"]) == (True, 3)
    newest = api.entries(actor=log)[0]
    assert (newest.action, newest.details) == (
        "audit.verify",
        {"ok": True, "after": 0, "checked": 3, "rest": 0},
    )


def test_verifying_a_changed_chain_names_the_entry(log: Actor, rest_client: RestClient) -> None:
    tamper()
    answer = rest_client(log).post("/api/v1/audit/verify/").json()
    assert (answer["ok"], answer["checked"]) == (False, 1)
    assert answer["first_bad_id"] == str(api.entries(actor=log).get(sequence=2).pk)


def test_the_command_reports_a_whole_chain(log: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit", "verify")
    assert f"{log.organisation.slug}: ok." in capsys.readouterr().out


def test_the_command_fails_on_a_changed_chain(
    log: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper()
    with pytest.raises(SystemExit):
        call_command("audit", "verify", organisation=log.organisation.slug)
    assert "TAMPERED" in capsys.readouterr().out
