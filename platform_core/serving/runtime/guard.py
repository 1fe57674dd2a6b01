"""uvicorn's HTTP connection with limits on how long and how large a request may arrive.

uvicorn itself waits for ever for the rest of a header or body. A sweep once a second closes connections
whose request began too long ago; requests in time pay two attribute writes, no timer.
"""

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEADER_BYTES = 32 * 1024


class GuardedHttp(HttpToolsProtocol):  # type: ignore[misc]
    """Knows since when a request is arriving and how long its header is."""

    _arriving_since: float | None = None
    _header_bytes = 0
    _in_header = True

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Start the clock: a connection has to say something."""
        super().connection_made(transport)
        self._arriving_since = time.monotonic()

    def data_received(self, data: bytes) -> None:
        """Feed the parser unless the header grows beyond all measure."""
        if self._in_header:
            if self._arriving_since is None:
                self._arriving_since = time.monotonic()
            self._header_bytes += min(len(data), MAX_HEADER_BYTES)
            if self._header_bytes > MAX_HEADER_BYTES:
                self.send_400_response("The header is too large.")
                return
        super().data_received(data)

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

    def close_if_slow(self, now: float, limit_s: float) -> None:
        """Close the connection when its request has been arriving for more than `limit_s`."""
        since = self._arriving_since
        if since is not None and now - since > limit_s and not self.transport.is_closing():
            self.transport.close()


async def sweep(connections: "set[Any]", *, limit_s: float) -> None:
    """Close slow connections once a second, until cancelled."""
    while True:
        await asyncio.sleep(1.0)
        now = time.monotonic()
        for connection in list(connections):
            connection.close_if_slow(now, limit_s)
