"""uvicorn's HTTP connection with limits on how long and how large a request may arrive, and on leaving.

uvicorn itself waits for ever for the rest of a header or body, and for a caller to read its answer. A sweep
once a second closes connections that take too long; requests in time pay a few attribute writes, no timer.
"""

import asyncio
import logging
import time
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEADER_BYTES = 32 * 1024
_LEAST_READ_BYTES = 64 * 1024
"""A caller has to read this much of its answer in the time a request may take to arrive."""
logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # malformed requests are no news


class GuardedHttp(HttpToolsProtocol):  # type: ignore[misc]
    """Knows since when a request is arriving, how long its header is, and whether its caller is there."""

    _arriving_since: float | None = None
    _header_bytes = 0
    _in_header = True
    _refused = False
    _answering: asyncio.Task[None] | None = None
    _running: Any = None
    cycle: Any
    _unread: tuple[float, int] | None = None
    """Since when the answer waits to be read, and how many bytes waited then."""

    def __init__(self, *args: Any, max_connections: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._max_connections = max_connections

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Start the clock: a connection has to say something."""
        super().connection_made(transport)
        self._arriving_since = time.monotonic()
        if len(self.connections) > self._max_connections:
            self._refused = True
            words = (
                f"The runtime has its {self._max_connections} connections; try again in a moment."
            )
            self._end(b"503 Service Unavailable", words, "connections_full", b"retry-after: 1\r\n")

    def data_received(self, data: bytes) -> None:
        """Feed the parser unless the header grows beyond all measure."""
        if self._refused:
            return
        if self._in_header:
            if self._arriving_since is None:
                self._arriving_since = time.monotonic()
            self._header_bytes += min(len(data), MAX_HEADER_BYTES)
            if self._header_bytes > MAX_HEADER_BYTES:
                self.send_400_response("The header is too large.")
                return
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the protocol's own form, and close."""
        self._refused = True
        self._end(b"400 Bad Request", msg, "malformed_http")

    def _end(self, status: bytes, words: str, code: str, extra: bytes = b"") -> None:
        body = orjson.dumps({"error": words, "code": code})
        self.transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%bconnection: close"
            b"\r\n\r\n%b" % (status, len(body), extra, body)
        )
        self.transport.close()

    def on_message_begin(self) -> None:
        """Note that a header begins."""
        super().on_message_begin()
        self._in_header = True

    def on_headers_complete(self) -> None:
        """Note that the body begins."""
        self._in_header, self._header_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop the clock: the request is whole."""
        self._in_header, self._arriving_since = True, None
        super().on_message_complete()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        """Keep the task, to cancel it when nobody waits for its answer any more."""
        self._running = cycle
        task = self._answering = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the prediction of a caller that has gone."""
        super().connection_lost(exc)
        if (
            self._running is not None
        ):  # uvicorn marks the last request that came, not the one being answered
            self._running.disconnected = True
        if self._answering is not None:
            self._answering.cancel()
        # connection and request hold each other; large bodies shall not wait for the garbage collector
        self.cycle = self._running = self._answering = None
        self.pipeline.clear()

    def pause_writing(self) -> None:
        """Note that the caller does not keep up with its answer."""
        super().pause_writing()
        self._unread = time.monotonic(), self.transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        """Note that it does again."""
        super().resume_writing()
        self._unread = None

    def close_if_slow(self, now: float, limit_s: float) -> None:
        """Close the connection when a request or the reading of its answer takes more than `limit_s`."""
        since = self._arriving_since
        if since is not None and now - since > limit_s and not self.transport.is_closing():
            self.transport.close()
        if self._unread is not None and now - self._unread[0] > limit_s:
            waiting = self.transport.get_write_buffer_size()
            if waiting > self._unread[1] - _LEAST_READ_BYTES:
                self.transport.abort()
            self._unread = now, waiting


async def sweep(connections: "set[Any]", *, limit_s: float) -> None:
    """Close slow connections once a second, until cancelled."""
    while True:
        await asyncio.sleep(1.0)
        now = time.monotonic()
        for connection in list(connections):
            connection.close_if_slow(now, limit_s)
