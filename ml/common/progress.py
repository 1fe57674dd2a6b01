"""How a training loop reports and is stopped; the job queue's context has this shape."""

from typing import Protocol


class TrainingStoppedError(Exception):
    """Raised by a training loop that was asked to stop; nothing half-done is kept."""


class Progress(Protocol):
    """What a training loop may call; every call is cheap enough for once per epoch or per second."""

    def update(self, fraction: float, message: str = "") -> None:
        """Report progress in [0, 1] with a short sentence."""

    def log(self, line: str) -> None:
        """Add one line to the job's log."""

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Record one point of a curve, or a final figure when `step` is None."""

    def should_stop(self) -> bool:
        """True once the job was cancelled or preempted."""

    def save_checkpoint(self, state: bytes) -> None:
        """Replace the job's checkpoint atomically."""

    def load_checkpoint(self) -> bytes | None:
        """Return the last checkpoint of an earlier attempt, or None."""


class SilentProgress:
    """Reports nowhere and never stops; the default outside a job."""

    def update(self, fraction: float, message: str = "") -> None:
        """Ignore."""

    def log(self, line: str) -> None:
        """Ignore."""

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Ignore."""

    def should_stop(self) -> bool:
        """Never."""
        return False

    def save_checkpoint(self, state: bytes) -> None:
        """Ignore."""

    def load_checkpoint(self) -> bytes | None:
        """There is none."""
        return None
