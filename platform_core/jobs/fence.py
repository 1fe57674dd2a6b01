"""The fence: a write of an attempt counts only while that attempt holds its job.

Every claim raises the job's `fence` and gives the new value to the attempt as its token; an attempt
whose token is older, or whose job was taken back, is stale. The check locks the job's row, so nothing
changes between the check and the commit of the write it protects.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from platform_core.jobs.errors import StaleAttemptError
from platform_core.jobs.models import Attempt, Job
from platform_core.jobs.states import HELD


def lock(attempt: Attempt) -> Job:
    """Lock and return the job, inside a transaction.

    Raises:
        StaleAttemptError: the attempt no longer holds the job.
    """
    job = (
        Job.objects.select_for_update(of=("self",))
        .filter(pk=attempt.job_id, fence=attempt.token, state__in=HELD)
        .first()
    )
    if job is None:
        raise StaleAttemptError(
            f"Attempt {attempt.number} no longer holds job {attempt.job_id}.",
            remedy="Nothing: a newer attempt, or nobody, owns the job now.",
        )
    return job


@contextmanager
def held(attempt: Attempt) -> Iterator[Job]:
    """Run a transaction with the job locked.

    Raises:
        StaleAttemptError: the attempt no longer holds the job.
    """
    with transaction.atomic():
        yield lock(attempt)
