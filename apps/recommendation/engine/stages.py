"""Progress of a job with several stages, and checkpoints that remember what was already decided."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ml.common import arrays
from ml.common.progress import Progress, TrainingStoppedError


class Span:
    """Shows a stage as a part of the whole; `curves` says whether its metrics are recorded.

    A checkpoint saved inside carries `head`, the decisions made before this stage.
    """

    def __init__(
        self,
        whole: Progress,
        start: float,
        end: float,
        *,
        curves: bool = False,
        head: Mapping[str, Any] | None = None,
    ) -> None:
        self.whole, self.start, self.end = whole, start, end
        self.curves, self.head = curves, head

    def update(self, fraction: float, message: str = "") -> None:
        """Report within the stage."""
        self.whole.update(self.start + fraction * (self.end - self.start), message)

    def log(self, line: str) -> None:
        """Pass on."""
        self.whole.log(line)

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Pass on when the stage's curves are wanted."""
        if self.curves:
            self.whole.metric(name, value, step)

    def should_stop(self) -> bool:
        """Pass on."""
        return self.whole.should_stop()

    def save_checkpoint(self, state: bytes) -> None:
        """Save the stage's state behind the head; stages without a head keep none."""
        if self.head is not None:
            self.whole.save_checkpoint(pack(self.head, state))

    def load_checkpoint(self) -> bytes | None:
        """Return the stage's state."""
        if self.head is None:
            return None
        return unpack(self.whole.load_checkpoint())[1]


def pack(head: Mapping[str, Any], state: bytes = b"") -> bytes:
    """Return a checkpoint of decisions and a stage's state."""
    return arrays.dump(
        {
            "head": np.frombuffer(json.dumps(head).encode(), dtype=np.uint8),
            "state": np.frombuffer(state, dtype=np.uint8),
        }
    )


def unpack(raw: bytes | None) -> tuple[dict[str, Any] | None, bytes | None]:
    """Return decisions and state; None for what is not there."""
    if not raw:
        return None, None
    parts = arrays.load(raw)
    return json.loads(parts["head"].tobytes()), parts["state"].tobytes() or None


def stop_if_asked(progress: Progress) -> None:
    """Raise TrainingStoppedError once the job was cancelled or preempted."""
    if progress.should_stop():
        raise TrainingStoppedError("The training was stopped.")
