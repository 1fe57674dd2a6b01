"""`Idempotency-Key` on POST: a repeated request gets the first one's answer and changes nothing.

A key belongs to one caller and one request; it is kept for a day. A refused request (4xx, 5xx) keeps no
record, so the caller may mend it and use the key again.
"""

import functools
import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.accounts.api import Actor
from platform_core.errors import ConflictError, InvalidInputError, PlatformError
from platform_core.web.models import IdempotencyRecord

HEADER = "Idempotency-Key"
KEPT = timedelta(days=1)
ABANDONED = timedelta(minutes=10)
"""A request still unanswered after this long died with its process."""

_KEY = re.compile(r"^[\x21-\x7e]{1,128}$")
Handler = Callable[..., Response]


class IdempotencyKeyReusedError(PlatformError):
    """The same key came with another request."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "Idempotency key used for another request"


def idempotent(handler: Handler) -> Handler:
    """Make a POST handler of an ApiView honour the header."""

    @functools.wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None or not isinstance(request.auth, Actor):
            return handler(view, request, *args, **kwargs)
        if not _KEY.match(key):
            raise InvalidInputError(
                f"{HEADER} must be 1 to 128 visible ASCII characters.", field=HEADER
            )
        record, replay = _claim(request, key)
        if replay is not None:
            return replay
        try:
            response = handler(view, request, *args, **kwargs)
        except BaseException:
            record.delete()
            raise
        _keep(record, response, keep_body=getattr(view, "answer_is_secret", False) is False)
        return response

    return once


def _fingerprint(request: Request) -> str:
    """Return a digest of what is asked; an upload is told apart by its length, not read twice."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}".encode())
    if (request.content_type or "").startswith("multipart/"):
        digest.update(request.headers.get("Content-Length", "").encode())
    else:
        digest.update(repr(request.data).encode())
    return digest.hexdigest()


def _claim(request: Request, key: str) -> tuple[IdempotencyRecord, Response | None]:
    """Return this request's record, with the answer to repeat when there is one."""
    actor = cast("Actor", request.auth)
    caller = actor.api_key_id or str(actor.user.pk if actor.user else "")
    _forget_old(actor)
    fields = {"organisation": actor.organisation, "caller": caller, "key": key}
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(**fields, fingerprint=fingerprint), None
    except IntegrityError:
        record = IdempotencyRecord.objects.get(**fields)
    if record.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError(
            "This key was sent with a different request.", remedy="Use a new key per request."
        )
    if record.status is None or record.body is None:
        raise ConflictError(
            "A request with this key is being carried out, or its answer is not kept.",
            remedy="Look at the object it made before sending it again under a new key.",
        )
    headers = {"Idempotency-Replayed": "true"}
    return record, Response(record.body, status=record.status, headers=headers)


def _keep(record: IdempotencyRecord, response: Response, *, keep_body: bool) -> None:
    """Store a success as it is rendered (times as text), for repetition; forget a refusal."""
    if response.status_code >= 400:
        record.delete()
        return
    record.status = response.status_code
    record.body = json.loads(JSONRenderer().render(response.data)) if keep_body else None
    record.save(update_fields=["status", "body"])


def _forget_old(actor: Actor) -> None:
    """Drop expired answers and claims of dead processes."""
    mine = IdempotencyRecord.objects.filter(organisation=actor.organisation)
    now = timezone.now()
    mine.filter(created_at__lt=now - KEPT).delete()
    mine.filter(created_at__lt=now - ABANDONED, status__isnull=True).delete()
