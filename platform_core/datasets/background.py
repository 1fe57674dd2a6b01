"""How this part hands work to the job queue, which lies above it: wired by config."""

import uuid
from collections.abc import Callable
from typing import Any, Protocol

INGEST_KIND = "datasets.ingest"


class Submitted(Protocol):
    """What submitting gives back."""

    @property
    def pk(self) -> Any:
        """Return the id of the job."""


JobStates = Callable[[uuid.UUID], str]
_hooks: dict[str, Callable[..., Any]] = {}


def use_background(submit: Callable[..., Submitted]) -> None:
    """Set what queues a job: called with actor, kind, params and subject, inside the transaction."""
    _hooks["submit"] = submit


def use_job_states(state: JobStates) -> None:
    """Set what tells a job's state by its id, so that a data set whose job died does not ingest for ever."""
    _hooks["state"] = state


def submit(**job: Any) -> uuid.UUID:
    """Queue a job and return its id."""
    job_id: uuid.UUID = _hooks["submit"](**job).pk
    return job_id


def job_ended_without_us(job_id: uuid.UUID | None) -> str:
    """Return "failed" or "cancelled" when the job ended so, else an empty text."""
    if job_id is None or "state" not in _hooks:
        return ""
    state = _hooks["state"](job_id)
    return state if state in {"failed", "cancelled"} else ""
