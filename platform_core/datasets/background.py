"""How this part hands work to the job queue, which lies above it: wired by config."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from platform_core.accounts.api import Actor
from platform_core.errors import ConflictError, NotFoundError

INGEST_KIND = "datasets.ingest"
SPLIT_KIND = "datasets.split"


class Submitted(Protocol):
    """What submitting gives back."""

    @property
    def pk(self) -> Any:
        """Return the id of the job."""


_hooks: dict[str, Callable[..., Any]] = {}


def use_background(submit: Callable[..., Submitted], cancel: Callable[..., Any]) -> None:
    """Set what queues a job (actor, kind, params, subject; inside the transaction), and what cancels one."""
    _hooks["submit"], _hooks["cancel"] = submit, cancel


def submit(**job: Any) -> uuid.UUID:
    """Queue a job and return its id."""
    job_id: uuid.UUID = _hooks["submit"](**job).pk
    return job_id


def cancel(*, actor: Actor, job_id: uuid.UUID | None) -> None:
    """Ask a job to stop whose result nobody wants any more; one that ended or is gone is no error."""
    if job_id is not None:
        with suppress(ConflictError, NotFoundError):
            _hooks["cancel"](actor=actor, job_id=job_id)
