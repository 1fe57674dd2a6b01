"""What people and programs do to jobs: submit, cancel, retry, give priority."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError
from platform_core.jobs import selectors, wake
from platform_core.jobs.errors import JobParametersError, JobStateError, QueueFullError
from platform_core.jobs.kinds import get_kind, tell_unfinished
from platform_core.jobs.models import Job
from platform_core.jobs.policy import POLICY
from platform_core.jobs.states import RETRYABLE, JobState


def submit(
    *,
    actor: Actor,
    kind: str,
    params: Mapping[str, Any],
    priority: int = 0,
    subject: str = "",
) -> Job:
    """Queue a job and wake a worker on commit.

    Args:
        actor: needs the kind's permission.
        kind: a registered kind.
        params: JSON, at most 256 KiB.
        priority: -100..100, higher first.
        subject: what it is about, for people ("movielens", "dataset:<uuid>").

    Raises:
        JobKindUnknownError: nothing registered the kind.
        JobParametersError: the parameters are not JSON or too large.
        QueueFullError: too many jobs of the organisation wait already.
        PermissionDeniedError: the role or key may not submit this kind.
    """
    known = get_kind(kind)
    actor.require(known.permission)
    job = Job(
        organisation=actor.organisation,
        kind=kind,
        params=_checked(params),
        priority=_checked_priority(priority),
        subject=subject[:200],
        devices=known.devices,
        submitted_by=actor.user,
    )
    with transaction.atomic():
        _check_queue(actor)
        job.save(force_insert=True)
        _audit(actor, "job.submit", job, kind=kind, priority=priority)
        transaction.on_commit(wake.send)
    return job


def cancel_job(*, actor: Actor, job_id: uuid.UUID | str) -> Job:
    """Cancel: at once while queued, else the running attempt is asked to stop.

    Raises:
        JobNotFoundError: no such job in the organisation.
        JobStateError: it already ended.
        PermissionDeniedError: somebody else's job, without `job.manage`.
    """
    with transaction.atomic():
        job = _locked(actor, job_id)
        if job.is_ended:
            raise JobStateError(
                f"The job already ended ({job.state}).", remedy="There is nothing left to cancel."
            )
        job.cancel_requested_at = job.cancel_requested_at or timezone.now()
        if job.state == JobState.QUEUED:
            job.state, job.finished_at = JobState.CANCELLED, timezone.now()
            tell_unfinished(kind=job.kind, job_id=job.pk)
        job.save(update_fields=["state", "cancel_requested_at", "finished_at"])
        _audit(actor, "job.cancel", job)
    return job


def retry_job(*, actor: Actor, job_id: uuid.UUID | str) -> Job:
    """Queue a failed or cancelled job again; it goes on from its checkpoint when it has one.

    Raises:
        JobNotFoundError: no such job in the organisation.
        JobStateError: it neither failed nor was cancelled.
        PermissionDeniedError: somebody else's job, without `job.manage`.
    """
    with transaction.atomic():
        job = _locked(actor, job_id)
        if job.state not in RETRYABLE:
            raise JobStateError(
                f"Only a failed or cancelled job can be retried; this one is {job.state}.",
                remedy="Submit a new job to run the same work again.",
            )
        _check_queue(actor)
        job.state, job.runnable_at, job.failures = JobState.QUEUED, timezone.now(), 0
        job.error = job.cancel_requested_at = job.finished_at = None
        job.save()
        _audit(actor, "job.retry", job)
        transaction.on_commit(wake.send)
    return job


def set_priority(*, actor: Actor, job_id: uuid.UUID | str, priority: int) -> Job:
    """Change the priority (-100..100) of a job that has not ended.

    Raises:
        JobNotFoundError: no such job in the organisation.
        JobStateError: it already ended.
        PermissionDeniedError: without `job.manage`.
    """
    actor.require("job.manage")
    wanted = _checked_priority(priority)
    with transaction.atomic():
        job = _locked(actor, job_id)
        if job.is_ended:
            raise JobStateError(f"The job already ended ({job.state}).")
        before, job.priority = job.priority, wanted
        job.save(update_fields=["priority"])
        _audit(actor, "job.priority", job, before=before, after=wanted)
    return job


def _locked(actor: Actor, job_id: uuid.UUID | str) -> Job:
    """Lock a job the actor may change: their own, or any with `job.manage`."""
    found = selectors.get_job(actor=actor, job_id=job_id)
    own = actor.user is not None and found.submitted_by_id == actor.user.pk
    actor.require("job.submit" if own else "job.manage")
    return Job.objects.select_for_update(of=("self",)).get(pk=found.pk)


def _checked(params: Mapping[str, Any]) -> dict[str, Any]:
    try:
        size = len(json.dumps(dict(params), allow_nan=False).encode())
    except (TypeError, ValueError) as error:
        raise JobParametersError(f"The parameters are not JSON: {error}.", field="params") from None
    if size > POLICY.params_bytes:
        raise JobParametersError(
            f"The parameters take {size:,} bytes; at most {POLICY.params_bytes:,} are allowed.",
            remedy="Put large inputs into a dataset and pass its id.",
            field="params",
        )
    return dict(params)


def _checked_priority(priority: int) -> int:
    if not -100 <= priority <= 100:
        raise InvalidInputError(
            f"Priority {priority} is out of range: use -100 to 100.", field="priority"
        )
    return priority


def _check_queue(actor: Actor) -> None:
    waiting = Job.objects.owned_by(actor.organisation).filter(state=JobState.QUEUED).count()
    if waiting >= POLICY.queued_per_organisation:
        raise QueueFullError(
            f"{waiting:,} jobs of your organisation wait already, which is the limit.",
            remedy="Wait until some have run, or cancel jobs you no longer need.",
        )


def _audit(actor: Actor, action: str, job: Job, **details: str | int) -> None:
    audit.record(actor=actor, action=action, target=f"job:{job.pk}", details=dict(details))
