"""Checkpoints: encrypted under a data key of the job, replaced atomically under the fence."""

import uuid

import structlog
from django.utils import timezone

from platform_core.jobs import fence
from platform_core.jobs.models import Attempt, Job
from platform_core.vault import api as vault

_log = structlog.get_logger(__name__)


def save(attempt: Attempt, state: bytes) -> None:
    """Write a new object, then switch the row's pointer under the fence, then delete the old object.

    A crash at any point leaves a whole checkpoint: the old one until the pointer is switched, then
    the new one; an object nothing points to is swept with the job.

    Raises:
        StaleAttemptError: the attempt no longer holds the job; the old checkpoint stands.
    """
    key = _data_key(attempt)
    path = f"{_folder(attempt.job)}/{attempt.token}-{uuid.uuid4().hex}"
    with vault.open_writer(data_key=key, path=path, context=_context(attempt.job)) as writer:
        writer.write(state)
    try:
        with fence.held(attempt) as job:
            old = job.checkpoint_path
            job.checkpoint_path, job.checkpoint_bytes = path, len(state)
            job.checkpoint_at = timezone.now()
            job.save(update_fields=["checkpoint_path", "checkpoint_bytes", "checkpoint_at"])
    except BaseException:
        vault.delete_object(path)
        raise
    if old:
        vault.delete_object(old)


def load(job: Job) -> bytes | None:
    """Return the newest checkpoint, or None; one that cannot be decrypted counts as none."""
    job.refresh_from_db(fields=["checkpoint_path", "data_key"])
    if not job.checkpoint_path or job.data_key is None:
        return None
    try:
        with vault.open_reader(
            data_key=job.data_key, path=job.checkpoint_path, context=_context(job)
        ) as reader:
            return reader.read()
    except (vault.DecryptionError, vault.ObjectMissingError, vault.DataKeyShreddedError) as error:
        _log.warning("checkpoint_unreadable", job=str(job.pk), error=str(error))
        return None


def discard(job: Job) -> None:
    """Forget the job's checkpoints: shred the key, then delete every object of the job."""
    key = job.data_key
    if key is None:
        return
    Job.objects.filter(pk=job.pk).update(data_key=None, checkpoint_path="", checkpoint_bytes=0)
    vault.shred(data_key=key)
    vault.delete_objects_below(_folder(job))


def _data_key(attempt: Attempt) -> vault.DataKey:
    if attempt.job.data_key is None:
        with fence.held(attempt) as job:
            if job.data_key is None:
                job.data_key = vault.create_data_key(
                    organisation=job.organisation, purpose=f"job:{job.pk}"
                )
                job.save(update_fields=["data_key"])
            attempt.job.data_key = job.data_key
    return attempt.job.data_key


def _folder(job: Job) -> str:
    return f"{job.organisation_id}/jobs/{job.pk}"


def _context(job: Job) -> dict[str, str]:
    return {"organisation": str(job.organisation_id), "job": str(job.pk), "what": "checkpoint"}
