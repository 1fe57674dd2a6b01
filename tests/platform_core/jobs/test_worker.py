"""A real worker runs real jobs, each in a process group of its own."""

import os
import signal

import psutil
import pytest

from platform_core.accounts.api import Actor
from platform_core.jobs.api import Job, cancel_job, job_log, job_metrics
from tests.platform_core.jobs.processes import (
    Processes,
    in_state,
    is_running,
    submit_test,
    wait_until,
)

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def _log_of(job: Job) -> str:
    wait_until(job, lambda j: j.lines.exists(), 5)
    return "\n".join(line.text for line in job_log(job))


def test_every_end_of_a_job_is_recorded_in_plain_words(processes: Processes, actor: Actor) -> None:
    processes.worker(slots=2)
    echo = submit_test(actor, "echo", n=1)
    refuse = submit_test(actor, "refuse")
    crash = submit_test(actor, "crash", until=2)
    segfault = submit_test(actor, "segfault")
    noisy = submit_test(actor, "noisy", lines=25_000)

    wait_until(echo, in_state("succeeded"))
    assert echo.result == {"echo": {"n": 1}, "who": actor.label}
    assert (echo.progress, echo.metrics) == (1.0, {"loss": 0.25, "hr@10": 0.7})
    assert [point.value for point in job_metrics(echo)["loss"]] == [0.25]
    assert _log_of(echo) == "hello from attempt 1"

    wait_until(refuse, in_state("failed"))
    assert refuse.error["detail"] == "Column “rating” is text."
    assert refuse.error["remedy"] == "Choose a numeric column."
    assert refuse.attempts.count() == 1

    wait_until(segfault, in_state("failed"), 40)
    assert "segmentation fault" in segfault.error["detail"]

    wait_until(crash, in_state("succeeded"), 30)
    assert crash.result == {"attempt": 2}
    first = crash.attempts.get(number=1)
    assert (first.outcome, crash.failures) == ("crashed", 1)
    assert "RuntimeError" in first.reason
    log = _log_of(crash)
    assert "Traceback" in log
    assert "hunter2hunter2" not in log

    wait_until(noisy, in_state("succeeded"), 30)
    wait_until(noisy, lambda j: j.lines.count() >= 2, 5)
    lines = [line.text for line in job_log(noisy, limit=30_000)]
    assert len(lines) <= 20_000
    assert max(len(line) for line in lines) < 4200
    assert "abcdefghijklmnopqrst" not in "\n".join(lines)


def test_a_cancelled_job_ends_with_all_its_processes(processes: Processes, actor: Actor) -> None:
    processes.worker(slots=3)
    polite = submit_test(actor, "count", steps=1000)
    forgetful = submit_test(actor, "forgetful")
    family = submit_test(actor, "grandchild")
    for job in (polite, forgetful, family):
        wait_until(job, in_state("running"), 30)
    wait_until(family, lambda j: j.message != "")
    for job in (polite, forgetful, family):
        cancel_job(actor=actor, job_id=job.pk)
    wait_until(polite, in_state("cancelled"), 6)
    wait_until(forgetful, in_state("cancelled"), 6)
    wait_until(family, in_state("cancelled"), 14)
    assert not is_running(int(family.message))
    assert polite.attempts.get().outcome == "cancelled"


@pytest.mark.parametrize("victim", ["worker", "job"])
def test_no_process_of_a_job_outlives_the_one_that_was_killed(
    processes: Processes, actor: Actor, victim: str
) -> None:
    worker = processes.worker()
    job = submit_test(actor, "grandchild")
    wait_until(job, lambda j: j.message != "", 30)
    leader = job.attempts.get().pid
    family = [leader, *(each.pid for each in psutil.Process(leader).children(recursive=True))]
    assert len(family) == 3, "the job, its guard and what it started"
    os.kill(worker.pid if victim == "worker" else leader, signal.SIGKILL)
    wait_until(job, lambda _: not any(is_running(pid) for pid in family), 10)


def test_a_stopping_worker_puts_its_job_back_within_ten_seconds(
    processes: Processes, actor: Actor
) -> None:
    worker = processes.worker()
    job = submit_test(actor, "count", steps=1000)
    wait_until(job, lambda j: j.checkpoint_path != "", 30)
    assert processes.stop(worker) < 10
    job.refresh_from_db()
    assert (job.state, job.failures) == ("queued", 0)
    assert job.attempts.get().outcome == "preempted"
    assert not is_running(job.attempts.get().pid)
