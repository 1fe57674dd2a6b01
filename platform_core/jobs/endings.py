r"""How an attempt begins and ends, and what becomes of its job: the only writer of those states.

queued -> leased -> running -> succeeded | failed | cancelled
\         \-> preempted -> queued        (the worker stops)
\------------------------> queued        (crash or lost worker, while attempts last)
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from platform_core.jobs import fence, wake
from platform_core.jobs.kinds import get_kind, kind_names, tell_unfinished
from platform_core.jobs.models import Attempt, Device, Job
from platform_core.jobs.policy import POLICY
from platform_core.jobs.states import JobState, Outcome


@dataclass(frozen=True)
class Failure:
    """What a failed job shows: what happened, where, what to do."""

    title: str
    detail: str
    remedy: str = ""


def begin(attempt: Attempt, pid: int) -> None:
    """Say that the job's process runs."""
    with fence.held(attempt) as job:
        if job.state == JobState.LEASED:  # not when it was preempted meanwhile
            job.state = JobState.RUNNING
            job.save(update_fields=["state"])
        attempt.pid, attempt.started_at = pid, timezone.now()
        attempt.progress_before = job.progress
        attempt.save(update_fields=["pid", "started_at", "progress_before"])


def succeed(attempt: Attempt, result: Mapping[str, Any] | None) -> None:
    """Record the result."""
    with fence.held(attempt) as job:
        job.result = None if result is None else dict(result)
        job.progress, job.error = 1.0, None
        _end_job(job, JobState.SUCCEEDED)
        _end_attempt(attempt, Outcome.SUCCEEDED, "")


def fail(attempt: Attempt, failure: Failure) -> None:
    """Record a failure that trying again cannot mend."""
    with fence.held(attempt) as job:
        job.error = asdict(failure)
        _end_job(job, JobState.FAILED)
        _end_attempt(attempt, Outcome.FAILED, failure.detail)


def stopped(attempt: Attempt) -> None:
    """The attempt stopped because it was asked to: cancelled, or back to the queue."""
    with fence.held(attempt) as job:
        if job.cancel_requested_at:
            _end_job(job, JobState.CANCELLED)
            _end_attempt(attempt, Outcome.CANCELLED, "Cancelled while it ran.")
        else:
            _queue_again(job, 0.0)
            _end_attempt(
                attempt, Outcome.PREEMPTED, "The worker stopped; the job waits for another."
            )


def broken(attempt: Attempt, outcome: Outcome, failure: Failure) -> None:
    """The attempt crashed or its worker was lost: try again while attempts last."""
    with fence.held(attempt) as job:
        _end_attempt(attempt, outcome, failure.detail)
        job.failures += 1
        if job.cancel_requested_at:
            _end_job(job, JobState.CANCELLED)
        elif job.failures >= _attempts_allowed(job):
            job.error = asdict(failure)
            _end_job(job, JobState.FAILED)
        else:
            delays = POLICY.retry_delays_s
            crashed = outcome == Outcome.CRASHED
            _queue_again(job, delays[min(job.failures, len(delays)) - 1] if crashed else 0.0)


def preempt(attempt: Attempt) -> None:
    """Show that the worker asked the attempt to stop."""
    with fence.held(attempt) as job:
        job.state = JobState.PREEMPTED
        job.save(update_fields=["state"])


def _attempts_allowed(job: Job) -> int:
    return get_kind(job.kind).max_attempts if job.kind in kind_names() else 1


def _queue_again(job: Job, delay_s: float) -> None:
    job.state = JobState.QUEUED
    job.runnable_at = timezone.now() + timedelta(seconds=delay_s)
    job.save(update_fields=["state", "runnable_at", "failures"])
    transaction.on_commit(wake.send)


def _end_job(job: Job, state: JobState) -> None:
    job.state = state
    job.finished_at = timezone.now()
    job.save(update_fields=["state", "finished_at", "progress", "error", "result", "failures"])
    if state != JobState.SUCCEEDED:
        tell_unfinished(kind=job.kind, job_id=job.pk)


def _end_attempt(attempt: Attempt, outcome: Outcome, reason: str) -> None:
    attempt.outcome, attempt.reason, attempt.ended_at = outcome, reason[:2000], timezone.now()
    attempt.save(update_fields=["outcome", "reason", "ended_at"])
    Device.objects.filter(attempt=attempt).update(attempt=None)
