"""What can be done at the console, and how a refusal is shown."""

from collections.abc import Callable, Iterable

import pytest
from django.contrib.messages import get_messages
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client

from platform_core.accounts.api import Actor, Membership, Role
from platform_core.audit import api as audit
from platform_core.jobs.api import cancel_job
from tests.platform_core.console.rows import Rows, change_address, list_address


def act(client: Client, action: str, rows: Iterable[Model]) -> HttpResponse:
    """Tick rows of a table and run an action on them."""
    chosen = list(rows)
    body = {"action": action, "_selected_action": [str(row.pk) for row in chosen]}
    return client.post(list_address(chosen[0]), body)


def said(answer: HttpResponse) -> str:
    """Return what the messages of an answer say."""
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def audited(actor: Actor) -> set[str]:
    return set(audit.entries(actor=actor).values_list("action", flat=True))


def test_a_job_is_cancelled_and_queued_again(rows: Rows, console: Client) -> None:
    assert "1" in said(act(console, "cancel", [rows.job]))
    rows.job.refresh_from_db()
    assert rows.job.state == "cancelled"
    act(console, "retry", [rows.job])
    rows.job.refresh_from_db()
    assert rows.job.state == "queued"
    assert {"job.cancel", "job.retry"} <= audited(rows.actor)


def test_a_refused_action_is_shown_in_the_services_words(rows: Rows, console: Client) -> None:
    answer = act(console, "retry", [rows.job])
    assert answer.status_code == 302
    assert "queued" in said(answer)


def test_the_priority_is_changed_and_audited(rows: Rows, console: Client) -> None:
    console.post(change_address(rows.job), {"priority": 7, **inline()})
    rows.job.refresh_from_db()
    assert rows.job.priority == 7
    assert "job.priority" in audited(rows.actor)


def test_the_priority_of_an_ended_job_is_refused_in_words(rows: Rows, console: Client) -> None:
    cancel_job(actor=rows.actor, job_id=rows.job.pk)
    answer = console.post(change_address(rows.job), {"priority": 7, **inline()})
    assert answer.status_code == 302
    assert "already ended" in said(answer)
    rows.job.refresh_from_db()
    assert rows.job.priority == 0


def inline() -> dict[str, int]:
    """The empty management form of a job's attempts."""
    return {"attempts-TOTAL_FORMS": 0, "attempts-INITIAL_FORMS": 0}


def test_a_version_is_promoted_and_rolled_back(rows: Rows, console: Client) -> None:
    first, second = rows.versions
    act(console, "make_champion", [second])
    assert rows.alias.version == second
    act(console, "roll_back", [rows.alias])
    assert rows.alias.version == first


def test_an_alias_is_moved_with_a_reason(rows: Rows, console: Client) -> None:
    second = rows.versions[1]
    body = {"version": str(second.pk), "reason": "better on the last week"}
    console.post(change_address(rows.alias), body)
    assert rows.alias.version == second
    page = console.get("/console/registry/aliaschange/").content.decode()
    assert "better on the last week" in page


def test_a_rollback_without_an_earlier_target_is_refused_in_words(
    rows: Rows, console: Client
) -> None:
    answer = act(console, "roll_back", [rows.alias])
    assert answer.status_code == 302
    assert "champion" in said(answer)
    assert rows.alias.version == rows.versions[0]


def test_a_key_is_revoked(rows: Rows, console: Client) -> None:
    act(console, "revoke", [rows.key])
    rows.key.refresh_from_db()
    assert rows.key.revoked_at is not None


def test_a_role_is_changed_through_the_service(
    rows: Rows, console: Client, member: Callable[[Role], Actor]
) -> None:
    membership = Membership.objects.get(user=member(Role.VIEWER).user)
    console.post(change_address(membership), {"role": Role.ANALYST})
    membership.refresh_from_db()
    assert membership.role == Role.ANALYST
    assert "member.change_role" in audited(rows.actor)


def test_the_last_owner_stays_one_and_is_told_why(rows: Rows, console: Client) -> None:
    answer = console.post(change_address(rows.membership), {"role": Role.VIEWER})
    assert answer.status_code == 302
    assert "owner" in said(answer)
    assert rows.membership.role == Role.OWNER


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_rows_of_another_organisation_cannot_be_acted_on(
    rows: Rows, stranger: Actor, page_client: Callable[[Actor], Client], action: str
) -> None:
    act(page_client(stranger), action, [rows.job])
    rows.job.refresh_from_db()
    assert rows.job.state == "queued"


def test_an_engineer_cannot_revoke_the_keys_of_others(
    rows: Rows, member: Callable[[Role], Actor], page_client: Callable[[Actor], Client]
) -> None:
    act(page_client(member(Role.ML_ENGINEER)), "revoke", [rows.key])
    rows.key.refresh_from_db()
    assert rows.key.revoked_at is None
