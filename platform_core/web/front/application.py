"""The ASGI application around Django's WSGI: a thread is taken for Django's work, not for the wire.

Bodies are collected before (`bodies`), answers are sent after: a streamed answer gets its next piece made
once the caller took the one before, so that a slow reader holds no thread either. The pieces of one answer
may be made in different threads.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog

from platform_core.web.front import refusals
from platform_core.web.front.bodies import Bodies, Body, CallerGoneError, Receive
from platform_core.web.front.environ import environ
from platform_core.web.front.limits import Limits
from platform_core.web.front.refusals import RefusalError, Scope, Send

log = structlog.get_logger("pentaquark.front")
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass
class Answer:
    """What Django answered: `whole`, or `pieces` still to be made."""

    status: int
    headers: list[tuple[bytes, bytes]]
    whole: bytes = b""
    pieces: Iterable[bytes] | None = None


class Front:
    """An ASGI application; one per process."""

    def __init__(self, wsgi: Wsgi, limits: Limits | None = None) -> None:
        self._wsgi = wsgi
        self._limits = limits or Limits()
        self._bodies = Bodies(self._limits)
        self._threads = ThreadPoolExecutor(self._limits.threads, thread_name_prefix="web")
        self._admitted = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self._bodies.take(scope, receive)
        except RefusalError as refusal:
            await refusals.answer(refusal, scope, send)
            return
        except CallerGoneError:
            return
        with contextlib.closing(body):
            await self._serve(scope, body, send)

    async def _serve(self, scope: Scope, body: Body, send: Send) -> None:
        try:
            found = await self._ask(scope, body)
        except RefusalError as refusal:
            await refusals.answer(refusal, scope, send)
        except CallerGoneError:
            return
        else:
            await self._send(found, body, send)

    async def _ask(self, scope: Scope, body: Body) -> Answer:
        """Have Django answer, in a thread; what it makes of half a body counts for nothing.

        Raises:
            RefusalError: 503, too many wait already; 408, the body stopped coming; 500.
            CallerGoneError: the connection closed.
        """
        if self._admitted >= self._limits.threads + self._limits.waiting:
            raise refusals.busy()
        self._admitted += 1
        try:
            found: Answer = await self._in_thread(_begin, self._wsgi, environ(scope, body))
        except Exception as error:
            if body.fault is None:
                log.exception("request failed")
            raise body.fault or refusals.failed() from error
        finally:
            self._admitted -= 1
        if body.fault is not None:
            await self._end(found)
            raise body.fault
        return found

    async def _send(self, found: Answer, body: Body, send: Send) -> None:
        start = {"type": "http.response.start", "status": found.status, "headers": found.headers}
        try:
            await send(start)
            if found.pieces is not None:
                await self._stream(iter(found.pieces), body, send)
            await send({"type": "http.response.body", "body": found.whole})
        finally:
            await self._end(found)

    async def _end(self, found: Answer) -> None:
        if found.pieces is not None:
            await self._in_thread(_close, found.pieces)

    async def _stream(self, pieces: Iterator[bytes], body: Body, send: Send) -> None:
        gone = asyncio.ensure_future(body.gone())
        try:
            while (piece := await self._in_thread(next, pieces, None)) is not None:
                async with asyncio.timeout(self._limits.taking_s):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                if gone.done():
                    return
        finally:
            gone.cancel()

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


def _begin(wsgi: Wsgi, request: dict[str, Any]) -> Answer:
    """Call Django; an answer that is there already is joined in the same turn."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        started[:] = status, headers

    pieces = wsgi(request, start_response)
    status, headers = started
    encoded = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers]
    found = Answer(int(status.split(" ", 1)[0]), encoded)
    if getattr(pieces, "streaming", True):
        found.pieces = pieces
        return found
    try:
        found.whole = b"".join(pieces)
    finally:
        _close(pieces)
    return found


def _close(pieces: Any) -> None:
    if hasattr(pieces, "close"):
        pieces.close()
