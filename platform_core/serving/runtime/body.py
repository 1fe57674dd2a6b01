"""Reads request bodies: whole, bounded in size, unpacked if they came packed."""

import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.refusals import Refusal, busy

Receive = Callable[[], Awaitable[dict[str, Any]]]
_COUNTED_BYTES = 64 * 1024
_WINDOW_BITS = {b"gzip": 31, b"deflate": 15}


class CallerGoneError(Exception):
    """The connection closed before the request was whole; nobody waits for an answer."""


class BodyReader:
    """Reads bodies within the limits of one request and of all requests together."""

    def __init__(self, options: RuntimeOptions) -> None:
        self._max_bytes, self._all_bytes = options.max_body_bytes, options.bodies_bytes
        self._held_bytes = 0

    def claim(self, headers: Mapping[bytes, bytes]) -> int:
        """Count a large body before it is read; give the result to `release`.

        Raises:
            Refusal: 413 too large, 503 too much is being read already.
        """
        stated = headers.get(b"content-length", b"0")
        size = int(stated) if stated.isdigit() else 0  # httptools has refused anything else
        if size > self._max_bytes:
            raise self._too_large()
        if b"transfer-encoding" in headers or b"content-encoding" in headers:
            size = self._max_bytes
        if size <= _COUNTED_BYTES:
            return 0
        if self._held_bytes + size > self._all_bytes:
            raise busy("The runtime is reading as many large requests as it can hold.")
        self._held_bytes += size
        return size

    def release(self, size: int) -> None:
        """Give back what `claim` counted."""
        self._held_bytes -= size

    async def read(self, receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
        """Return the whole body, unpacked.

        Raises:
            Refusal: 413, 415, 400.
            CallerGoneError: the connection closed.
        """
        message = await receive()
        if message["type"] != "http.request":
            raise CallerGoneError
        body: bytes = message["body"]
        if message["more_body"]:
            body = await self._read_on(body, receive)
        if len(body) > self._max_bytes:
            raise self._too_large()
        if b"content-encoding" in headers:
            return self._unpack(body, headers[b"content-encoding"].strip().lower())
        return body

    async def _read_on(self, first: bytes, receive: Receive) -> bytes:
        parts, size = [first], len(first)
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise CallerGoneError
            parts.append(message["body"])
            size += len(parts[-1])
            if size > self._max_bytes:
                raise self._too_large()
            if not message["more_body"]:
                return b"".join(parts)

    def _unpack(self, body: bytes, encoding: bytes) -> bytes:
        if encoding in {b"", b"identity"}:
            return body
        if encoding not in _WINDOW_BITS:
            raise Refusal(415, "Content-Encoding is gzip, deflate or absent.")
        unpacker = zlib.decompressobj(_WINDOW_BITS[encoding])
        try:
            plain = unpacker.decompress(body, self._max_bytes + 1)
        except zlib.error:
            raise Refusal(400, f"The body is not {encoding.decode()}.") from None
        if len(plain) > self._max_bytes:
            raise self._too_large()
        if not unpacker.eof or unpacker.unused_data:
            raise Refusal(400, f"The {encoding.decode()} body is cut short or followed by more.")
        return plain

    def _too_large(self) -> Refusal:
        return Refusal(413, f"A request has at most {self._max_bytes // 2**20} MiB.")
