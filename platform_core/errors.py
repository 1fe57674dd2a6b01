"""The one root of every refusal: what was wrong, where, and what to do about it."""

from typing import ClassVar


class PlatformError(Exception):
    """A refusal a person can act on; each part derives its own base from it.

    Attributes:
        status: HTTP status REST and pages answer with.
        title: the kind of refusal, the same for every occurrence.
        detail: this occurrence, naming the place.
        remedy: what the reader can do now; may be empty.
        permanent: True when repeating the same request cannot help.
        extra: further members of the problem document (RFC 9457), for example `line`.
    """

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request could not be carried out"
    permanent: ClassVar[bool] = True

    def __init__(self, detail: str, *, remedy: str = "", **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy
        self.extra = extra


class NotFoundError(PlatformError):
    """The object does not exist, or belongs to another organisation: both look the same."""

    status = 404
    title = "Not found"


class PermissionDeniedError(PlatformError):
    """The person or key is known but may not do this."""

    status = 403
    title = "Not permitted"


class ConflictError(PlatformError):
    """The object's present state forbids the action."""

    status = 409
    title = "Conflict with the present state"


class InvalidInputError(PlatformError):
    """A value is missing, malformed or out of range; `field` in extra names it."""

    status = 400
    title = "Invalid input"


class NotYetError(PlatformError):
    """The parameter is part of the interface, but this release does not carry it out."""

    status = 501
    title = "Not available yet"


class UnavailableError(PlatformError):
    """A process or service the request needs does not answer; trying again can help."""

    status = 503
    title = "Temporarily unavailable"
    permanent = False
