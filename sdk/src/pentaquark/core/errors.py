"""Errors that repeat the platform's own words: what was wrong, where, and what to do about it."""

from collections.abc import Mapping
from typing import Any, ClassVar


class PentaquarkError(Exception):
    """The root of every error of this library.

    Attributes:
        detail: what was wrong, naming the place.
        remedy: what the reader can do now; may be empty.
        exit_code: what `pq` ends with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, detail: str, *, remedy: str = "") -> None:
        super().__init__(f"{detail} {remedy}".strip())
        self.detail, self.remedy = detail, remedy


class NotConfiguredError(PentaquarkError):
    """No key or no address is known."""

    exit_code = 3


class UnreachableError(PentaquarkError):
    """No answer came: wrong address, refused connection, broken TLS, or a time-out."""

    exit_code = 7


class WaitTimeoutError(PentaquarkError):
    """What was waited for went on longer than it was waited; on the server it continues."""

    exit_code = 8


class JobFailedError(PentaquarkError):
    """A job ended as failed or cancelled.

    Attributes:
        job: the job, as it ended.
    """

    exit_code = 6

    def __init__(self, detail: str, *, remedy: str = "", job: Any = None) -> None:
        super().__init__(detail, remedy=remedy)
        self.job = job


class DatasetRejectedError(JobFailedError):
    """A file could not be read as a table, or a cleaning rule did not fit."""


class MissingExtraError(PentaquarkError):
    """The call needs a library that was not installed with this one."""


class ApiError(PentaquarkError):
    """The platform refused.

    Attributes:
        status: of HTTP.
        title: the kind of refusal.
        request_id: names the request in the platform's log.
        problem: the whole problem document (RFC 9457).
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, dict(problem)
        self.title = str(problem.get("title") or f"HTTP {status}")
        self.request_id = str(problem.get("request_id") or "")
        detail = str(problem.get("detail") or problem.get("error") or self.title)
        if fields := _fields(problem.get("errors")):
            detail = f"{detail} {fields}"
        super().__init__(detail, remedy=str(problem.get("remedy") or ""))


class InvalidInputError(ApiError):
    """400, 422: a value is missing, malformed or out of range."""

    exit_code = 2


class AuthenticationError(ApiError):
    """401: no key, or one that is unknown, expired or revoked."""

    exit_code = 3


class PermissionDeniedError(ApiError):
    """403: the key is known, but its scopes or its person's role do not open this."""

    exit_code = 3


class NotFoundError(ApiError):
    """404: there is no such object in the key's organisation."""

    exit_code = 4


class ConflictError(ApiError):
    """409: the object's present state forbids the action."""

    exit_code = 5


class TooLargeError(ApiError):
    """413: more bytes than the platform takes."""

    exit_code = 2


class RateLimitError(ApiError):
    """429: too many requests, also after waiting and trying again."""

    exit_code = 7


class ServerError(ApiError):
    """5xx: the platform could not carry it out."""

    exit_code = 7


_BY_STATUS: dict[int, type[ApiError]] = {
    400: InvalidInputError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: NotFoundError,
    413: TooLargeError,
    422: InvalidInputError,
    429: RateLimitError,
}


def error_of(status: int, problem: Mapping[str, Any]) -> ApiError:
    """Return the error of an answer that is none."""
    kind = _BY_STATUS.get(status) or (ServerError if status >= 500 else ApiError)
    return kind(status, problem)


def _fields(errors: Any) -> str:
    """Return `name: words` of every field refused."""
    if not isinstance(errors, Mapping):
        return ""
    said = []
    for name, words in errors.items():
        listed = words if isinstance(words, list) else [words]
        said.append(f"{name}: {' '.join(str(each) for each in listed)}")
    return "; ".join(said)
