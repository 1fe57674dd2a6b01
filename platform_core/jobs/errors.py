"""Refusals of the queue."""

from typing import ClassVar

from platform_core.errors import ConflictError, InvalidInputError, NotFoundError


class JobNotFoundError(NotFoundError):
    """No such job in the actor's organisation."""


class JobKindUnknownError(InvalidInputError):
    """No part or application registered this kind of job."""


class JobParametersError(InvalidInputError):
    """The parameters are not JSON, or larger than the limit."""


class JobStateError(ConflictError):
    """The job's present state forbids the action."""


class QueueFullError(ConflictError):
    """The organisation has as many jobs waiting as it may have."""

    status: ClassVar[int] = 429
    title: ClassVar[str] = "The queue is full"
    permanent: ClassVar[bool] = False


class StaleAttemptError(ConflictError):
    """Another attempt holds the job now; nothing this one writes counts any more."""

    title: ClassVar[str] = "The attempt lost its lease"


class JobStoppedError(Exception):
    """Raised inside a job that was asked to stop: it is queued again, or cancelled."""
