"""The kinds of jobs; each part registers its own by dotted name, importing nothing heavy."""

import uuid
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.module_loading import import_string

from platform_core.jobs.errors import JobKindUnknownError


@dataclass(frozen=True)
class JobKind:
    """What a job of this kind is.

    Attributes:
        name: `part.verb`, for example `recommendation.train`.
        entry: `pkg.module:function`, imported only in the job's own process; takes a `JobContext`,
            returns a JSON-able mapping (the job's result) or None.
        title: translatable words for people.
        permission: action of the permission table that submitting needs.
        devices: GPUs one attempt holds.
        max_attempts: crashes or lost workers after which the job fails.
        unfinished: `pkg.module:function(job_id=...)` called when a job fails or is cancelled, wherever that
            happens, in the transaction that says so: it tells what waited for the job.
    """

    name: str
    entry: str
    title: str | Promise
    permission: str = "job.submit"
    devices: int = 0
    max_attempts: int = 3
    unfinished: str = ""


_KINDS: dict[str, JobKind] = {}


def register_kind(kind: JobKind) -> None:
    """Add a kind of job; called while applications get ready, in every process."""
    _KINDS[kind.name] = kind


def get_kind(name: str) -> JobKind:
    """Return a registered kind.

    Raises:
        JobKindUnknownError: nothing registered `name`.
    """
    try:
        return _KINDS[name]
    except KeyError:
        raise JobKindUnknownError(
            f"There is no kind of job called {name!r}.",
            remedy=f"Known kinds: {', '.join(sorted(_KINDS)) or 'none'}.",
            field="kind",
        ) from None


def tell_unfinished(*, kind: str, job_id: uuid.UUID) -> None:
    """Tell who waited for a job that it failed or was cancelled."""
    listener = _KINDS[kind].unfinished if kind in _KINDS else ""
    if listener:
        import_string(listener.replace(":", "."))(job_id=job_id)


def kind_names() -> list[str]:
    """Return the names of every registered kind."""
    return sorted(_KINDS)


def kind_title(name: str) -> str:
    """Return the words for a kind, also for one no longer registered."""
    return str(_KINDS[name].title) if name in _KINDS else name
