"""Reads of the queue, always within the actor's organisation."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.jobs.errors import JobNotFoundError
from platform_core.jobs.models import Device, Job, LogLine, MetricPoint, Node
from platform_core.jobs.policy import POLICY
from platform_core.jobs.states import JobState

_SETTLED = timedelta(seconds=3)


def jobs(*, actor: Actor) -> QuerySet[Job]:
    """Return the organisation's jobs, newest first."""
    actor.require("job.view")
    return Job.objects.owned_by(actor.organisation).select_related("submitted_by")


def get_job(*, actor: Actor, job_id: uuid.UUID | str) -> Job:
    """Return one job.

    Raises:
        JobNotFoundError: none with this id in the organisation.
    """
    try:
        return jobs(actor=actor).get(pk=job_id)
    except (Job.DoesNotExist, ValidationError, ValueError):
        raise JobNotFoundError(f"There is no job {job_id} in your organisation.") from None


def state_counts(*, actor: Actor) -> dict[str, int]:
    """Return state -> how many of the organisation's jobs are in it."""
    rows = jobs(actor=actor).order_by().values_list("state").annotate(count=Count("pk"))
    return dict(rows)


def live_nodes() -> QuerySet[Node]:
    """Return the workers that were heard of within a lease."""
    since = timezone.now() - timedelta(seconds=POLICY.lease_s)
    return Node.objects.filter(seen_at__gte=since)


def device_counts() -> tuple[int, int]:
    """Return how many GPUs there are, and how many are in use."""
    return Device.objects.count(), Device.objects.exclude(attempt=None).count()


def is_settled(job: Job) -> bool:
    """True once nothing more will be written about the job, its last log lines included."""
    return job.finished_at is not None and timezone.now() - job.finished_at > _SETTLED


def seconds_left(job: Job) -> float | None:
    """Estimate the time left from the present attempt's pace, or None when it cannot be told."""
    attempt = job.attempts.filter(ended_at=None).exclude(started_at=None).first()
    if job.state != JobState.RUNNING or attempt is None or attempt.started_at is None:
        return None
    elapsed = (timezone.now() - attempt.started_at).total_seconds()
    # an attempt that fell behind what was reached before had no checkpoint and began at nought
    before = attempt.progress_before if attempt.progress_before <= job.progress else 0.0
    done = job.progress - before
    if done < 0.02 or job.progress >= 1.0 or elapsed < 2.0:
        return None
    return elapsed * (1.0 - job.progress) / done


def job_log(job: Job, after: int = 0, limit: int = 1000) -> list[LogLine]:
    """Return up to `limit` log lines whose id is above `after`, oldest first."""
    return list(job.lines.filter(id__gt=after).order_by("id")[:limit])


def job_log_tail(job: Job, limit: int = 500) -> list[LogLine]:
    """Return the newest `limit` log lines, oldest first."""
    return list(job.lines.order_by("-id")[:limit])[::-1]


def job_metrics(job: Job) -> dict[str, list[MetricPoint]]:
    """Return each metric's points by step; after a resume the newest attempt's point counts."""
    newest: dict[tuple[str, int], MetricPoint] = {}
    for point in job.points.order_by("id"):
        newest[point.name, point.step] = point
    curves: dict[str, list[MetricPoint]] = {}
    for point in sorted(newest.values(), key=lambda p: p.step):
        curves.setdefault(point.name, []).append(point)
    return curves
