import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.jobs import checkpoints, cleaning, endings, scheduler, wake
from platform_core.jobs.endings import Failure
from platform_core.jobs.models import Job, LogLine, Node, SchedulerLease
from platform_core.jobs.scheduler import Leadership, Reaper, Scheduler
from platform_core.vault import api as vault
from tests.platform_core.jobs import rows
from tests.platform_core.jobs.processes import submit_test

pytestmark = [pytest.mark.usefixtures("asleep"), pytest.mark.django_db]


def test_an_expired_lease_is_taken_back_at_the_second_look(actor: Actor) -> None:
    attempt, reaper = rows.held(actor), Reaper()
    assert reaper.look() == 0
    rows.expire(attempt)
    assert [reaper.look(), reaper.look(), reaper.look()] == [0, 1, 0]
    job = Job.objects.get()
    attempt.refresh_from_db()
    assert (job.state, job.failures, attempt.outcome) == ("queued", 1, "lost")


def test_a_lease_renewed_between_two_looks_stays(actor: Actor) -> None:
    attempt, reaper = rows.held(actor), Reaper()
    rows.expire(attempt)
    reaper.look()
    rows.expire(attempt)  # another moment: it was renewed, and ran out again
    assert reaper.look() == 0


def test_a_dead_worker_of_this_machine_is_seen_at_once(actor: Actor) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    attempt = rows.held(actor, rows.node(pid=process.pid, here=True))
    assert Reaper().look() == 0
    process.kill()
    process.wait()
    assert Reaper().look() == 1
    attempt.refresh_from_db()
    assert attempt.outcome == "lost"


def test_a_job_that_keeps_losing_its_worker_fails_with_words(actor: Actor) -> None:
    for _ in range(3):
        attempt, reaper = rows.held(actor) if not Job.objects.exists() else _again(), Reaper()
        rows.expire(attempt)
        reaper.look()
        reaper.look()
    job = Job.objects.get()
    assert job.state == "failed"
    assert "memory" in job.error["remedy"]


def _again():
    from platform_core.jobs import claims  # noqa: PLC0415

    return claims.claim(node=rows.node(), kinds=["test.count"])


def test_one_scheduler_leads_and_another_takes_over(actor: Actor) -> None:
    first, second = Leadership(), Leadership()
    assert [first.hold(), second.hold(), first.hold()] == [True, False, True]
    past = timezone.now() - timedelta(seconds=1)
    SchedulerLease.objects.update(expires_at=past)
    assert [second.hold(), first.hold()] == [True, False]
    second.release()
    assert first.hold()


def test_a_scheduler_that_stands_by_does_nothing(actor: Actor) -> None:
    Leadership().hold()
    assert Scheduler().turn() is False


def test_waiting_jobs_wake_a_worker_with_a_free_slot(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bool] = []
    submit_test(actor, "echo")
    monkeypatch.setattr(wake, "send", lambda: sent.append(True))
    assert not scheduler.wake_waiting()  # no worker: a message would only pile up
    node = rows.node(slots=1)
    assert scheduler.wake_waiting()
    Node.objects.filter(pk=node.pk).update(busy=1)
    assert not scheduler.wake_waiting()
    assert len(sent) == 1


def test_old_logs_and_checkpoints_are_deleted(actor: Actor) -> None:
    attempt = rows.held(actor)
    checkpoints.save(attempt, b"state")
    LogLine.objects.create(job=attempt.job, attempt_number=1, text="old")
    endings.fail(attempt, Failure("t", "d"))
    path = Job.objects.get().checkpoint_path
    cleaning.clean()
    assert vault.exists(path)
    Job.objects.update(finished_at=timezone.now() - timedelta(days=40))
    cleaning.clean()
    cleaning.clean()
    assert not vault.exists(path)
    assert not LogLine.objects.exists()
    assert Job.objects.get().data_key is None
