"""Errors as problem documents (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from platform_core.errors import PlatformError

CONTENT_TYPE = "application/problem+json"


def document(
    *, status: int, title: str = "", detail: str = "", request_id: str = "", **extra: object
) -> dict[str, Any]:
    """Return a problem document; `remedy` and field errors travel as extra members."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    return body | {name: value for name, value in extra.items() if value not in ("", None)}


def _of_framework(exc: Exception) -> tuple[int, dict[str, Any]] | None:
    """Translate Django's and DRF's own exceptions."""
    if isinstance(exc, Http404):
        return 404, {"detail": "There is no such object in your organisation."}
    if isinstance(exc, PermissionDenied):
        return 403, {"detail": str(exc) or "You may not do this."}
    if isinstance(exc, ValidationError):
        fields = exc.message_dict if hasattr(exc, "error_dict") else {"non_field": exc.messages}
        return 400, {
            "title": "Invalid input",
            "detail": "Some values are invalid.",
            "errors": fields,
        }
    if isinstance(exc, exceptions.ValidationError):
        return 400, {
            "title": "Invalid input",
            "detail": "Some values are invalid.",
            "errors": exc.detail,
        }
    if isinstance(exc, exceptions.APIException):
        return exc.status_code, {"detail": str(exc.detail)}
    return None


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer a refusal as a problem document; None lets an unexpected error become a logged 500."""
    request_id = getattr(context["request"], "request_id", "")
    headers: dict[str, str] = {}
    if isinstance(exc, PlatformError):
        status = exc.status
        body = document(
            status=status,
            title=exc.title,
            detail=exc.detail,
            request_id=request_id,
            remedy=exc.remedy,
            **exc.extra,
        )
    else:
        found = _of_framework(exc)
        if found is None:
            return None
        status, members = found
        body = document(status=status, request_id=request_id, **members)
        headers = _headers(exc)
    response = Response(body, status=status, headers=headers)
    response.content_type = CONTENT_TYPE
    return response


def answer(error: PlatformError, *, request_id: str = "") -> HttpResponse:
    """Return a refusal for a view that does without the framework; it reads as any other."""
    body = document(
        status=error.status,
        title=error.title,
        detail=error.detail,
        request_id=request_id,
        remedy=error.remedy,
        **error.extra,
    )
    return HttpResponse(json.dumps(body), status=error.status, content_type=CONTENT_TYPE)


def _headers(exc: Exception) -> dict[str, str]:
    """Return the headers DRF attaches to a refusal: the scheme of a 401, the wait of a 429."""
    headers = {}
    if scheme := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = scheme
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
