"""Refusals of the tuning part."""

from typing import ClassVar

from platform_core.errors import ConflictError, InvalidInputError, NotFoundError


class StudyNotFoundError(NotFoundError):
    """No such study in the organisation."""

    title = "Study not found"


class StudyInputError(InvalidInputError):
    """Space, metric or limits do not fit the training."""

    title = "Study cannot start"


class StudyBusyError(ConflictError):
    """A study of this name is under way: `study` in extra."""

    title = "Being searched"
    permanent: ClassVar[bool] = False
