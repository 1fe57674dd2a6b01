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


class TrafficInvalidError(InvalidInputError):
    """A weight, an alias or a step cannot be used."""

    title = "The traffic cannot be sent there"


class CanaryConflictError(ConflictError):
    """A canary runs already, or none does."""

    title = "The canary is not where you think"


class NothingToRollBackError(ConflictError):
    """There is nothing earlier to go back to."""

    title = "There is nothing to roll back"


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


class WarmUpTooLargeError(InvalidInputError):
    """The requests to warm a version up with are too many or too large."""
