"""Refusals of the serving part."""

from platform_core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PlatformError,
    UnavailableError,
)


class EndpointNotFoundError(NotFoundError):
    """No endpoint of that name in the organisation."""

    title = "No such endpoint"


class EndpointExistsError(ConflictError):
    """The organisation already has an endpoint of that name."""

    title = "The name is taken"


class EndpointInvalidError(InvalidInputError):
    """The name, model or alias of an endpoint cannot be used."""


class EndpointNotReadyError(UnavailableError):
    """The endpoint exists, but no version can answer at the moment."""

    title = "The endpoint is not ready"


class RuntimeDownError(UnavailableError):
    """The model runtime does not answer on its socket."""

    title = "The model runtime does not answer"


class PredictionTimeoutError(UnavailableError):
    """The runtime did not answer in time."""

    title = "The prediction took too long"


class PredictionRefusedError(PlatformError):
    """The model cannot take the request; the words are the predictor's own."""

    title = "The model refused the request"
