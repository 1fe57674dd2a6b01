"""Refusals of the compression part."""

from platform_core.errors import InvalidInputError, NotFoundError


class CompressionNotFoundError(NotFoundError):
    """No such compression in the organisation."""

    title = "Compression not found"


class CompressionInputError(InvalidInputError):
    """What was asked for cannot be done with this model or data."""

    title = "Compression cannot start"
