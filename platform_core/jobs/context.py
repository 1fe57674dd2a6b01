"""What a job's entry function is given: parameters, progress, checkpoints and the fence."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from platform_core.accounts.api import Actor, Organisation


class JobContext:
    """The job as seen from inside its own process; also an `ml.common.progress.Progress`.

    Attributes:
        job_id: of the job.
        organisation: the tenant it belongs to.
        actor: who submitted it.
        params: as submitted.
    """

    job_id: uuid.UUID
    organisation: Organisation
    actor: Actor
    params: dict[str, Any]

    def update(self, fraction: float, message: str = "") -> None:
        """Report progress in [0, 1] with a short sentence; cheap, written about once a second."""
        raise NotImplementedError

    def log(self, line: str) -> None:
        """Add a line to the job's log."""
        raise NotImplementedError

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Record one point of a curve, or a final figure when `step` is None."""
        raise NotImplementedError

    def should_stop(self) -> bool:
        """True once the job was cancelled or preempted: save a checkpoint and raise."""
        raise NotImplementedError

    def save_checkpoint(self, state: bytes) -> None:
        """Replace the job's checkpoint atomically; it is stored encrypted."""
        raise NotImplementedError

    def load_checkpoint(self) -> bytes | None:
        """Return the newest checkpoint of this job, or None."""
        raise NotImplementedError

    def set_result(self, result: Mapping[str, Any]) -> None:
        """Set the job's result; the entry's return value, when not None, replaces it."""
        raise NotImplementedError

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """Run a transaction that counts only while this attempt holds the job.

        Raises:
            StaleAttemptError: another attempt holds it now.
            JobStoppedError: the job was cancelled.
        """
        raise NotImplementedError
        yield
