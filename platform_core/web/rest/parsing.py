"""Reads a JSON body or query string through a serializer."""

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer

from platform_core.errors import InvalidInputError


def body_of(request: Request, serializer: type[Serializer[Any]]) -> dict[str, Any]:
    """Return the validated JSON object of a request.

    Raises:
        InvalidInputError: the body is not an object.
        rest_framework.exceptions.ValidationError: a field is wrong; `errors` names it.
    """
    if not isinstance(request.data, dict):
        raise InvalidInputError("The body must be a JSON object.")
    bound = serializer(data=request.data)
    bound.is_valid(raise_exception=True)
    return dict(bound.validated_data)


def query_of(request: Request, serializer: type[Serializer[Any]]) -> dict[str, Any]:
    """Return the validated query parameters of a request."""
    bound = serializer(data=request.query_params.dict())
    bound.is_valid(raise_exception=True)
    return dict(bound.validated_data)
