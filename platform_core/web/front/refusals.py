"""Answers the front gives itself, before Django saw the request."""

import json
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog

from platform_core.web.rest.problems import CONTENT_TYPE, document

log = structlog.get_logger("pentaquark.front")
Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
RETRY_AFTER_S = 5


class RefusalError(Exception):
    """A request the front does not let through.

    Attributes:
        status: of HTTP.
        detail: what is wrong.
        remedy: what to do.
    """

    def __init__(self, status: HTTPStatus, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.status, self.detail, self.remedy = status, detail, remedy


def too_slow() -> RefusalError:
    """The body stopped coming, or comes by drops."""
    return RefusalError(
        HTTPStatus.REQUEST_TIMEOUT,
        "The body of the request came too slowly.",
        "Send it again over a faster connection.",
    )


def of_unknown_length() -> RefusalError:
    """A long body that does not say how long it is."""
    return RefusalError(
        HTTPStatus.LENGTH_REQUIRED,
        "A body of more than 1 MiB must say its length.",
        "Send the header Content-Length.",
    )


def busy() -> RefusalError:
    """Nothing is wrong with the request; there is no room for it now."""
    return RefusalError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The server is answering as many requests as it can.",
        f"Try again in {RETRY_AFTER_S} seconds.",
    )


def failed() -> RefusalError:
    """Django itself raised, which it does for no request it can read."""
    return RefusalError(HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed.", "Try again later.")


async def answer(refusal: RefusalError, scope: Scope, send: Send) -> None:
    """Answer a problem document to programs and a sentence to people; the connection ends with it."""
    request_id = uuid.uuid4().hex
    log.warning("refused", status=int(refusal.status), path=scope["path"], request_id=request_id)
    content_type, body = _body(refusal, scope, request_id)
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", request_id.encode()),
        (b"connection", b"close"),
    ]
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", str(RETRY_AFTER_S).encode()))
    await send({"type": "http.response.start", "status": int(refusal.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _body(refusal: RefusalError, scope: Scope, request_id: str) -> tuple[str, bytes]:
    if not scope["path"].startswith("/api/"):
        return "text/plain; charset=utf-8", f"{refusal.detail} {refusal.remedy}\n".encode()
    problem = document(
        status=int(refusal.status),
        detail=refusal.detail,
        remedy=refusal.remedy,
        request_id=request_id,
    )
    return CONTENT_TYPE, json.dumps(problem).encode()
