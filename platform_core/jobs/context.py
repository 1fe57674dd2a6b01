"""What a job's entry function is given: parameters, progress, checkpoints and the fence."""

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from platform_core.accounts.api import Actor, Organisation, actor_for, platform_actor
from platform_core.jobs import checkpoints, fence
from platform_core.jobs.errors import JobStoppedError
from platform_core.jobs.models import Attempt, Job
from platform_core.jobs.policy import POLICY
from platform_core.jobs.reporter import Reporter


class JobContext:
    """The job as seen from inside its own process; also an `ml.common.progress.Progress`.

    Attributes:
        job_id: of the job.
        organisation: the tenant it belongs to.
        actor: who submitted it, with the role they have now.
        params: as submitted.
        attempt_number: 1 for the first try.
        result: what `set_result` was given.
        stop_seen: the entry was told to stop; returning after that means "stopped", not "done".
    """

    def __init__(self, attempt: Attempt, reporter: Reporter) -> None:
        job = attempt.job
        self._attempt = attempt
        self._reporter = reporter
        self._stop = False
        self.stop_seen = False
        self.job_id: uuid.UUID = job.pk
        self.attempt_number = attempt.number
        self.organisation: Organisation = job.organisation
        self.actor: Actor = _submitter(job)
        self.params: dict[str, Any] = job.params
        self.result: dict[str, Any] | None = None

    def update(self, fraction: float, message: str = "") -> None:
        """Report progress in [0, 1] with a short sentence; only memory is touched."""
        self._reporter.progress(fraction, message)

    def log(self, line: str) -> None:
        """Add a line to the job's log (what the process prints is the log)."""
        print(line, flush=True)  # noqa: T201

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Record one point of a curve, or a final figure when `step` is None.

        A value that is not finite is logged and left out: curves and JSON have no place for it.
        """
        if not self._reporter.metric(name, value, step):
            self.log(f"The metric {name!r} = {value} at step {step} was not kept.")

    def should_stop(self) -> bool:
        """True once the job was cancelled or preempted: save a checkpoint and raise."""
        self.stop_seen = self.stop_seen or self._stop
        return self._stop

    def request_stop(self) -> None:
        """Note that the job is asked to stop (called by the signal handler)."""
        self._stop = True

    @property
    def stop_requested(self) -> bool:
        """True once asked to stop, whether or not the entry looked."""
        return self._stop

    def save_checkpoint(self, state: bytes) -> None:
        """Replace the job's checkpoint atomically; it is stored encrypted.

        Raises:
            StaleAttemptError: another attempt holds the job; its checkpoint stands.
        """
        checkpoints.save(self._attempt, state)

    def load_checkpoint(self) -> bytes | None:
        """Return the newest checkpoint of this job, or None."""
        return checkpoints.load(self._attempt.job)

    def set_result(self, result: Mapping[str, Any]) -> None:
        """Set the job's result; a mapping that the entry returns replaces it.

        Raises:
            ValueError: it is not JSON, or larger than 256 KiB.
        """
        size = len(json.dumps(dict(result), allow_nan=False))
        if size > POLICY.result_bytes:
            raise ValueError(
                f"The job's result takes {size:,} bytes; {POLICY.result_bytes:,} are allowed."
            )
        self.result = dict(result)

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """Run a transaction that counts only while this attempt holds the job.

        Raises:
            StaleAttemptError: another attempt holds the job now.
            JobStoppedError: the job was cancelled, or the entry knows that it shall stop.
        """
        with fence.held(self._attempt) as job:
            if job.cancel_requested_at or self.stop_seen:
                raise JobStoppedError("The job was asked to stop; nothing more is written.")
            yield


def _submitter(job: Job) -> Actor:
    if job.submitted_by is None:
        return platform_actor(job.organisation)
    return actor_for(user=job.submitted_by, organisation=job.organisation)
