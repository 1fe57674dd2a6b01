from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from platform_core.accounts.api import Actor, Role
from platform_core.jobs.models import Job, LogLine, MetricPoint
from tests.platform_core.jobs import rows
from tests.platform_core.jobs.processes import submit_test

pytestmark = [pytest.mark.usefixtures("asleep"), pytest.mark.django_db]
SignIn = Callable[[Actor], Client]
PAGES = ("detail", "status", "fragment", "log", "curves")


def test_the_list_shows_the_organisations_jobs_only(
    actor: Actor, stranger: Actor, page_client: SignIn
) -> None:
    job = submit_test(actor, "echo")
    assert f"/jobs/{job.pk}/" in page_client(actor).get("/jobs/").content.decode()
    assert f"/jobs/{job.pk}/" not in page_client(stranger).get("/jobs/").content.decode()


def test_an_empty_list_says_what_to_do(actor: Actor, page_client: SignIn) -> None:
    text = page_client(actor).get("/jobs/").content.decode()
    assert "No jobs yet" in text
    assert "no worker" in text.lower() or "none is running" in text


def test_the_list_is_filtered_by_state_and_kind(actor: Actor, page_client: SignIn) -> None:
    echo, count = submit_test(actor, "echo"), submit_test(actor, "count")
    text = page_client(actor).get("/jobs/?state=queued&kind=test.echo").content.decode()
    assert str(echo.pk) in text
    assert str(count.pk) not in text
    assert "No job matches" in page_client(actor).get("/jobs/?state=failed").content.decode()


def test_a_list_of_many_waiting_jobs_asks_no_more_than_one_of_few(
    actor: Actor, page_client: SignIn
) -> None:
    client = page_client(actor)
    rows.node()

    def queries(of: int) -> int:
        while Job.objects.count() < of:
            submit_test(actor, "echo")
        with CaptureQueriesContext(connection) as asked:
            text = client.get("/jobs/").content.decode()
        assert f"Number {of} in the queue" in text
        return len(asked)

    queries(2)  # the first page of a session also writes the session
    assert queries(3) == queries(12)


@pytest.mark.parametrize("page", PAGES)
def test_every_view_of_a_job_opens_and_strangers_find_nothing(
    actor: Actor, stranger: Actor, page_client: SignIn, page: str
) -> None:
    job = submit_test(actor, "echo", text="<script>alert(1)</script>")
    LogLine.objects.create(job=job, attempt_number=1, text="<b>bold</b>")
    for step in range(3):
        MetricPoint.objects.create(
            job=job, attempt_number=1, name="loss", step=step, value=1 - step
        )
    address = reverse(f"jobs:{page}", args=[job.pk])
    answer = page_client(actor).get(address)
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.content.decode()
    assert "<b>bold" not in answer.content.decode()
    assert page_client(stranger).get(address).status_code == 404


def test_a_failed_job_shows_title_detail_and_remedy(actor: Actor, page_client: SignIn) -> None:
    job = submit_test(actor, "echo")
    error = {"title": "Bad column", "detail": "“rating” is text.", "remedy": "Choose a number."}
    Job.objects.filter(pk=job.pk).update(state="failed", error=error)
    text = page_client(actor).get(f"/jobs/{job.pk}/").content.decode()
    for words in error.values():
        assert words in text
    assert "Retry job" in text


def test_cancel_and_retry_from_the_page(actor: Actor, page_client: SignIn) -> None:
    job, client = submit_test(actor, "echo"), page_client(actor)
    for verb, state in (("cancel", "cancelled"), ("retry", "queued")):
        assert client.post(reverse(f"jobs:{verb}", args=[job.pk])).status_code == 302
        job.refresh_from_db()
        assert job.state == state


def test_a_viewer_sees_no_buttons_and_may_not_cancel(
    actor: Actor, member: Callable[[Role], Actor], page_client: SignIn
) -> None:
    job, client = submit_test(actor, "echo"), page_client(member(Role.VIEWER))
    assert "Stop job" not in client.get(f"/jobs/{job.pk}/").content.decode()
    assert client.post(reverse("jobs:cancel", args=[job.pk])).status_code == 403


def test_the_log_tail_goes_on_after_the_cursor(actor: Actor, page_client: SignIn) -> None:
    job = submit_test(actor, "echo")
    first = LogLine.objects.create(job=job, attempt_number=1, text="first line")
    LogLine.objects.create(job=job, attempt_number=1, text="second line")
    text = page_client(actor).get(f"/jobs/{job.pk}/log/?after={first.pk}").content.decode()
    assert "second line" in text
    assert "first line" not in text
    assert page_client(actor).get(f"/jobs/{job.pk}/log/?after=x").status_code == 400
