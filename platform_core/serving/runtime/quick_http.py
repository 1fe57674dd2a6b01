"""The short way of the usual request: small, whole, one at a time on its connection.

uvicorn builds a cycle, an event, a task and a timer for each request and looks at every answered header
again; together they cost more than the prediction. Requests that are not the usual kind (large or chunked
bodies, `Expect`, pipelining, other methods than POST) go uvicorn's way. One ASGI application answers both.
"""

import asyncio
import http
import time
from typing import Any
from urllib.parse import unquote

import httptools
import structlog

from platform_core.serving.runtime import eager
from platform_core.serving.runtime.guard import GuardedHttp

QUICK_BYTES = 64 * 1024
_log = structlog.get_logger("pentaquark.runtime")
_MAX_PATHS, _MAX_KEPT_URL = 4096, 512
"""Addresses that are remembered, and their length: with longer ones strangers would fill the memory."""
_LENGTH, _CHUNKED, _EXPECT, _CONNECTION = 14, 17, 6, 10
"""Lengths of the names of the four headers that decide the way: `content-length` and so on."""
_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    for status in http.HTTPStatus
}


class QuickHttp(GuardedHttp):
    """A connection that answers usual requests without a task."""

    _quick = False
    _unusual = False
    _idle_since: float | None = None
    _paths: dict[bytes, tuple[str, bytes, bytes]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Note what every request of the connection has in common."""
        super().connection_made(transport)
        self._common = {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": "",
            "state": {},
        }

    def data_received(self, data: bytes) -> None:
        """Feed the parser; the connection is not idle."""
        self._idle_since = None
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin with nothing known; uvicorn's scope is made only if the request goes its way."""
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.expect_100_continue = self._unusual = False
        self._length = -1
        self._in_header = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, and look at those that decide the way; trailers of a chunked body are dropped."""
        if not self._in_header:
            return
        name = name.lower()
        self.headers.append((name, value))
        size = len(name)
        if size == _LENGTH and name == b"content-length":
            self._length = int(value)
        elif size == _CHUNKED and name == b"transfer-encoding":
            self._unusual = True
        elif size == _EXPECT and name == b"expect":
            self._unusual = True
            self.expect_100_continue = value.lower() == b"100-continue"
        elif size == _CONNECTION and name == b"connection":
            self._unusual = self._unusual or value.lower() != b"keep-alive"

    def on_headers_complete(self) -> None:
        """Choose the way."""
        self._quick = (
            not self._unusual
            and 0 <= self._length <= QUICK_BYTES
            and (self.cycle is None or self.cycle.response_complete)
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.flow.write_paused
        )
        if self._quick:
            self._in_header, self._header_bytes = False, 0
            self._parts: list[bytes] = []
            return
        self.scope = {**self._common, "headers": self.headers, "state": self.app_state.copy()}
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        if self._quick:
            self._parts.append(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer."""
        if not self._quick:
            super().on_message_complete()
            return
        self._quick, self._in_header, self._arriving_since = False, True, None
        parts = self._parts
        self._answer(parts[0] if len(parts) == 1 else b"".join(parts))

    def _answer(self, body: bytes) -> None:
        path, raw_path, query = self._paths.get(self.url) or self._path(self.url)
        scope = {
            **self._common,
            "method": "POST",
            "path": path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": self.headers,
        }
        cycle = self.cycle = QuickCycle(self, body)
        try:
            task = eager.start(cycle.run(self.app, scope), self.loop)
        except asyncio.CancelledError:
            self.transport.close()
            return
        if task is not None:
            self._answering = task
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def _path(self, url: bytes) -> tuple[str, bytes, bytes]:
        parsed = httptools.parse_url(url)
        raw = parsed.path or b"/"
        found = unquote(raw.decode("ascii")), raw, parsed.query or b""
        if len(url) <= _MAX_KEPT_URL:
            if len(self._paths) >= _MAX_PATHS:
                self._paths.clear()
            self._paths[url] = found
        return found

    def answered(self, *, keep_alive: bool) -> None:
        """Go on after a quick answer: with what was pipelined behind it, or idle."""
        self.server_state.total_requests += 1
        if not keep_alive:
            self.transport.close()
        elif self.pipeline:
            self.on_response_complete()
        else:
            self._idle_since = time.monotonic()

    def close_if_slow(self, now: float, limit_s: float) -> None:
        """Close the connection when it is slow, or was idle for too long."""
        super().close_if_slow(now, limit_s)
        idle = self._idle_since
        if idle is not None and now - idle > self.timeout_keep_alive:
            self.transport.close()


class QuickCycle:
    """One usual request; has the face that uvicorn's connection knows of its own cycles."""

    __slots__ = (
        "_body", "_connection", "_head", "disconnected", "keep_alive", "message_event", "response_complete",
        "response_started",
    )  # fmt: skip

    def __init__(self, connection: QuickHttp, body: bytes) -> None:
        self._connection, self._body = connection, body
        self._head = b""
        self.disconnected = self.response_complete = self.response_started = False
        self.keep_alive = True
        self.message_event = _NO_EVENT

    async def run(self, app: Any, scope: dict[str, Any]) -> None:
        """Have the application answer; an answer it does not finish closes the connection.

        An application may offer `respond(scope, receive)`, which returns its answer whole.
        """
        try:
            if (respond := getattr(app, "respond", None)) is None:
                await app(scope, self.receive, self.send)
            elif (answer := await respond(scope, self.receive)) is not None:
                self._write(self._written(answer[0], answer[1]) + answer[2])
        except Exception:  # noqa: BLE001  (the process's edge; the application answers its own failures)
            _log.exception("request_failed", path=scope["path"][:200])
        if not self.response_complete:
            self.response_complete = True
            self._connection.transport.close()

    async def receive(self) -> dict[str, Any]:
        """Give the whole body."""
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        """Take the head, then write it with the body in one go."""
        if message["type"] == "http.response.start":
            self.response_started = True
            self._head = self._written(message["status"], message["headers"])
            return
        self._write(self._head + message["body"])

    def _write(self, answer: bytes) -> None:
        connection = self._connection
        if self.disconnected or connection.transport.is_closing():
            return
        self.response_complete = True
        connection.transport.write(answer)
        connection.answered(keep_alive=self.keep_alive)

    def _written(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        fields = [*self._connection.server_state.default_headers, *headers]
        if not self.keep_alive:
            fields.append((b"connection", b"close"))
        head = _STATUS_LINES[status] + b"".join([b"%b: %b\r\n" % field for field in fields])
        if head.count(b"\n") != len(fields) + 1:
            raise ValueError("a header of the answer holds a line break")
        return head + b"\r\n"


class _NoEvent:
    """Stands where uvicorn wakes a cycle that waits for its body; this one has it."""

    def set(self) -> None:
        """Do nothing."""


_NO_EVENT = _NoEvent()
