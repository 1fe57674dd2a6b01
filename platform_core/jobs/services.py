"""What people and programs do to jobs: submit, cancel, retry, give priority."""

import uuid
from collections.abc import Mapping
from typing import Any

from platform_core.accounts.api import Actor
from platform_core.jobs.models import Job


def submit(
    *,
    actor: Actor,
    kind: str,
    params: Mapping[str, Any],
    priority: int = 0,
    subject: str = "",
) -> Job:
    """Queue a job and wake the workers on commit.

    Args:
        actor: needs the kind's permission.
        kind: a registered kind.
        params: JSON, at most 256 KiB.
        priority: -100..100, higher first.
        subject: what it is about, for people ("movielens", "dataset:<uuid>").

    Raises:
        JobKindUnknownError, JobParametersError, QueueFullError, PermissionDeniedError.
    """
    raise NotImplementedError


def cancel_job(*, actor: Actor, job_id: uuid.UUID | str) -> Job:
    """Cancel: at once while queued, else the running attempt is asked to stop.

    Raises:
        JobNotFoundError, JobStateError (it already ended), PermissionDeniedError.
    """
    raise NotImplementedError


def retry_job(*, actor: Actor, job_id: uuid.UUID | str) -> Job:
    """Queue a failed or cancelled job again; it goes on from its checkpoint."""
    raise NotImplementedError


def set_priority(*, actor: Actor, job_id: uuid.UUID | str, priority: int) -> Job:
    """Change the priority (-100..100) of a job that waits."""
    raise NotImplementedError
