"""Reads of the queue, always within the actor's organisation."""

import uuid

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from platform_core.accounts.api import Actor
from platform_core.jobs.errors import JobNotFoundError
from platform_core.jobs.models import Job, LogLine, MetricPoint


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


def job_log(job: Job, after: int = 0, limit: int = 1000) -> list[LogLine]:
    """Return up to `limit` log lines whose id is above `after`, oldest first."""
    return list(job.lines.filter(id__gt=after).order_by("id")[:limit])


def job_metrics(job: Job) -> dict[str, list[MetricPoint]]:
    """Return each metric's points by step; after a resume the newest attempt's point counts."""
    newest: dict[tuple[str, int], MetricPoint] = {}
    for point in job.points.order_by("id"):
        newest[point.name, point.step] = point
    curves: dict[str, list[MetricPoint]] = {}
    for point in sorted(newest.values(), key=lambda p: p.step):
        curves.setdefault(point.name, []).append(point)
    return curves
