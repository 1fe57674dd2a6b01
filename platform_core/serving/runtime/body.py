"""Reads request bodies: whole, bounded in size, of one request and of all together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from platform_core.serving.engine import give_back
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.packing import too_large
from platform_core.serving.runtime.refusals import busy

Receive = Callable[[], Awaitable[dict[str, Any]]]
_COUNTED_BYTES = 64 * 1024
_TIDY_BYTES, _TIDY_AFTER_S = 4 * 2**20, 1.0
"""What requests this large leave behind in the allocator is given back to the system after a moment; else
each thread of the pool keeps the most it ever needed."""


class CallerGoneError(Exception):
    """The connection closed before the request was whole; nobody waits for an answer."""


class BodyReader:
    """Reads bodies within the limits of one request and of all requests together.

    Attributes:
        max_bytes: of one request, plain.
    """

    def __init__(self, options: RuntimeOptions) -> None:
        self.max_bytes, self._all_bytes = options.max_body_bytes, options.bodies_bytes
        self._held_bytes = 0
        self._tidying: asyncio.TimerHandle | None = None

    def claim(self, headers: Mapping[bytes, bytes]) -> int:
        """Count a large body before it is read; give the result to `release`.

        Raises:
            Refusal: 413 too large, 503 too much is being read already.
        """
        stated = headers.get(b"content-length", b"0")
        size = int(stated) if stated.isdigit() else 0  # httptools has refused anything else
        if size > self.max_bytes:
            raise too_large(self.max_bytes)
        if b"transfer-encoding" in headers or b"content-encoding" in headers:
            size = self.max_bytes
        return self.hold(size)

    def hold(self, size: int) -> int:
        """Count `size` bytes of a request; give the result to `release`.

        Raises:
            Refusal: 503.
        """
        if size <= _COUNTED_BYTES:
            return 0
        if self._held_bytes + size > self._all_bytes:
            words = "The runtime is reading as many large requests as it can hold."
            raise busy(words, code="bodies_full")
        self._held_bytes += size
        return size

    def release(self, size: int) -> None:
        """Give back what `claim` or `hold` counted."""
        self._held_bytes -= size
        if size >= _TIDY_BYTES and self._tidying is None:
            self._tidying = asyncio.get_running_loop().call_later(_TIDY_AFTER_S, self._tidy)

    def _tidy(self) -> None:
        self._tidying = None
        asyncio.get_running_loop().run_in_executor(None, give_back)

    async def read(self, receive: Receive) -> bytes:
        """Return the whole body as it came.

        Raises:
            Refusal: 413.
            CallerGoneError: the connection closed.
        """
        message = await receive()
        if message["type"] != "http.request":
            raise CallerGoneError
        body: bytes = message["body"]
        if message["more_body"]:
            body = await self._read_on(body, receive)
        if len(body) > self.max_bytes:
            raise too_large(self.max_bytes)
        return body

    async def _read_on(self, first: bytes, receive: Receive) -> bytes:
        parts, size = [first], len(first)
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise CallerGoneError
            parts.append(message["body"])
            size += len(parts[-1])
            if size > self.max_bytes:
                raise too_large(self.max_bytes)
            if not message["more_body"]:
                return b"".join(parts)
