from collections.abc import Callable

import pytest

from platform_core.accounts.api import Actor, Role
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError, PermissionDeniedError
from platform_core.jobs import endings, policy, services
from platform_core.jobs.api import (
    JobKindUnknownError,
    JobNotFoundError,
    JobParametersError,
    JobStateError,
    QueueFullError,
    cancel_job,
    retry_job,
    set_priority,
    submit,
)
from platform_core.jobs.endings import Failure
from platform_core.jobs.models import Job
from tests.platform_core.jobs import rows
from tests.platform_core.jobs.processes import submit_test

pytestmark = [pytest.mark.usefixtures("asleep"), pytest.mark.django_db]


def test_a_job_is_queued_with_an_audit_entry(actor: Actor) -> None:
    job = submit(actor=actor, kind="test.echo", params={"a": [1, None]}, subject="films")
    assert (job.state, job.params, job.submitted_by) == ("queued", {"a": [1, None]}, actor.user)
    entry = audit.entries(actor=actor).get(action="job.submit")
    assert entry.target == f"job:{job.pk}"


def test_an_unknown_kind_is_refused_with_the_known_ones(actor: Actor) -> None:
    with pytest.raises(JobKindUnknownError) as refusal:
        submit(actor=actor, kind="test.nothing", params={})
    assert "test.echo" in refusal.value.remedy


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}, b"x", "x" * 300_000])
def test_parameters_must_be_small_json(actor: Actor, value: object) -> None:
    with pytest.raises(JobParametersError):
        submit(actor=actor, kind="test.echo", params={"value": value})


@pytest.mark.parametrize("priority", [-101, 101, 10**9])
def test_a_priority_out_of_range_is_refused(actor: Actor, priority: int) -> None:
    with pytest.raises(InvalidInputError):
        submit(actor=actor, kind="test.echo", params={}, priority=priority)


def test_the_kinds_permission_decides_who_submits(member: Callable[[Role], Actor]) -> None:
    submit(actor=member(Role.ML_ENGINEER), kind="test.manage", params={})
    with pytest.raises(PermissionDeniedError):
        submit(actor=member(Role.ANALYST), kind="test.manage", params={})
    with pytest.raises(PermissionDeniedError):
        submit(actor=member(Role.VIEWER), kind="test.echo", params={})


def test_an_organisations_queue_is_bounded(
    actor: Actor, stranger: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = policy.Policy(queued_per_organisation=2)
    monkeypatch.setattr(services, "POLICY", small)
    for _ in range(2):
        submit_test(actor, "echo")
    with pytest.raises(QueueFullError):
        submit_test(actor, "echo")
    submit_test(stranger, "echo")


def test_a_queued_job_is_cancelled_at_once(actor: Actor) -> None:
    job = cancel_job(actor=actor, job_id=submit_test(actor, "echo").pk)
    assert job.state == "cancelled"
    assert job.finished_at is not None
    with pytest.raises(JobStateError):
        cancel_job(actor=actor, job_id=job.pk)


def test_a_held_job_is_asked_to_stop_and_then_cancelled(actor: Actor) -> None:
    attempt = rows.held(actor)
    job = cancel_job(actor=actor, job_id=attempt.job_id)
    assert (job.state, job.is_held) == ("leased", True)
    endings.stopped(attempt)
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_failed_job_is_retried_as_the_same_job(actor: Actor) -> None:
    attempt = rows.held(actor)
    endings.fail(attempt, Failure("t", "d"))
    job = retry_job(actor=actor, job_id=attempt.job_id)
    assert (job.state, job.error, job.failures, job.finished_at) == ("queued", None, 0, None)
    assert job.attempts.count() == 1
    with pytest.raises(JobStateError):
        retry_job(actor=actor, job_id=job.pk)


def test_only_a_manager_changes_priorities(actor: Actor, member: Callable[[Role], Actor]) -> None:
    job = submit_test(actor, "echo")
    assert set_priority(actor=actor, job_id=job.pk, priority=5).priority == 5
    with pytest.raises(PermissionDeniedError):
        set_priority(actor=member(Role.ANALYST), job_id=job.pk, priority=6)


def test_a_stranger_finds_no_job_to_change(actor: Actor, stranger: Actor) -> None:
    job = submit_test(actor, "echo")
    for act in (cancel_job, retry_job):
        with pytest.raises(JobNotFoundError):
            act(actor=stranger, job_id=job.pk)
    with pytest.raises(JobNotFoundError):
        set_priority(actor=stranger, job_id=job.pk, priority=1)
    assert Job.objects.get(pk=job.pk).state == "queued"
