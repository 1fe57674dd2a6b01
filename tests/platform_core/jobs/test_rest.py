import uuid
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from platform_core.accounts.api import Actor, Role
from platform_core.jobs.models import LogLine, MetricPoint
from tests.platform_core.jobs.processes import submit_test

pytestmark = pytest.mark.usefixtures("asleep")
Connect = Callable[..., APIClient]


@pytest.mark.django_db
def test_a_job_is_shown_as_the_interface_says(actor: Actor, rest_client: Connect) -> None:
    job = submit_test(actor, "echo", n=1)
    answer = rest_client(actor).get(f"/api/v1/jobs/{job.pk}/")
    assert answer.status_code == 200
    body = answer.json()
    assert body["id"] == str(job.pk)
    assert (body["state"], body["progress"]) == ("queued", 0.0)
    assert (body["metrics"], body["error"], body["result"]) == ({}, None, None)
    assert (body["kind"], body["params"], body["queue_position"]) == ("test.echo", {"n": 1}, 1)
    assert (body["attempts"], body["submitted_by"]) == ([], actor.label)


@pytest.mark.django_db
def test_jobs_are_listed_by_state_and_kind(actor: Actor, rest_client: Connect) -> None:
    for kind in ("echo", "echo", "count"):
        submit_test(actor, kind)
    client = rest_client(actor)
    assert len(client.get("/api/v1/jobs/").json()["results"]) == 3
    assert len(client.get("/api/v1/jobs/?kind=test.count&state=queued").json()["results"]) == 1
    assert client.get("/api/v1/jobs/?state=failed").json()["results"] == []
    assert client.get("/api/v1/jobs/?state=nonsense").status_code == 400


@pytest.mark.django_db
def test_cancel_retry_and_priority(actor: Actor, rest_client: Connect) -> None:
    client, job = rest_client(actor), submit_test(actor, "echo")
    base = f"/api/v1/jobs/{job.pk}"
    assert client.post(f"{base}/priority/", {"priority": 7}).json()["priority"] == 7
    assert client.post(f"{base}/priority/", {"priority": 700}).status_code == 400
    assert client.post(f"{base}/retry/").status_code == 409
    assert client.post(f"{base}/cancel/").json()["state"] == "cancelled"
    again = client.post(f"{base}/cancel/")
    assert again.status_code == 409
    assert again["Content-Type"] == "application/problem+json"
    assert "already ended" in again.json()["detail"]
    assert client.post(f"{base}/retry/").json()["state"] == "queued"


@pytest.mark.django_db
def test_log_and_curves_are_read_from_a_cursor(actor: Actor, rest_client: Connect) -> None:
    job = submit_test(actor, "echo")
    for text in ("one", "two", "three"):
        LogLine.objects.create(job=job, attempt_number=1, text=text)
    for attempt, step, value in ((1, 0, 1.0), (1, 1, 0.9), (2, 1, 0.5), (2, 2, 0.4)):
        MetricPoint.objects.create(
            job=job, attempt_number=attempt, name="loss", step=step, value=value
        )
    client = rest_client(actor)
    first = client.get(f"/api/v1/jobs/{job.pk}/log/?limit=2").json()
    assert [line["text"] for line in first["lines"]] == ["one", "two"]
    rest = client.get(f"/api/v1/jobs/{job.pk}/log/?after={first['next']}").json()
    assert [line["text"] for line in rest["lines"]] == ["three"]
    curve = client.get(f"/api/v1/jobs/{job.pk}/metrics/").json()["curves"]["loss"]
    assert curve == {"steps": [0, 1, 2], "values": [1.0, 0.5, 0.4]}


@pytest.mark.django_db
@pytest.mark.parametrize("tail", ["", "log/", "metrics/"])
def test_another_organisation_sees_no_job(
    actor: Actor, stranger: Actor, rest_client: Connect, tail: str
) -> None:
    job = submit_test(actor, "echo")
    client = rest_client(stranger)
    assert client.get(f"/api/v1/jobs/{job.pk}/{tail}").status_code == 404
    assert client.get("/api/v1/jobs/").json()["results"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["cancel", "retry", "priority"])
def test_another_organisation_changes_no_job(
    actor: Actor, stranger: Actor, rest_client: Connect, verb: str
) -> None:
    job = submit_test(actor, "echo")
    answer = rest_client(stranger).post(f"/api/v1/jobs/{job.pk}/{verb}/", {"priority": 1})
    assert answer.status_code == 404
    job.refresh_from_db()
    assert (job.state, job.priority) == ("queued", 0)


@pytest.mark.django_db
def test_an_analyst_cancels_their_own_job_only(
    actor: Actor, member: Callable[[Role], Actor], rest_client: Connect
) -> None:
    analyst = member(Role.ANALYST)
    own, other = submit_test(analyst, "echo"), submit_test(actor, "echo")
    client = rest_client(analyst)
    assert client.post(f"/api/v1/jobs/{own.pk}/cancel/").status_code == 200
    assert client.post(f"/api/v1/jobs/{other.pk}/cancel/").status_code == 403
    viewer = rest_client(member(Role.VIEWER))
    assert viewer.post(f"/api/v1/jobs/{other.pk}/cancel/").status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("job_id", ["nonsense", "0", str(uuid.uuid4()), "x" * 300])
def test_an_unknown_job_is_not_found(actor: Actor, rest_client: Connect, job_id: str) -> None:
    assert rest_client(actor).get(f"/api/v1/jobs/{job_id}/").status_code == 404
