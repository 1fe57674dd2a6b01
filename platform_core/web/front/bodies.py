"""Bodies of requests on their way to a thread: short ones whole, long ones as a stream the thread pulls.

Nothing touches the disk: a file in a body is plaintext until the vault has it.
"""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from typing import Any

from platform_core.web.front.limits import Limits
from platform_core.web.front.refusals import RefusalError, Scope, busy, of_unknown_length, too_slow

Receive = Callable[[], Awaitable[dict[str, Any]]]
PIECE_BYTES = 256 * 1024
"""A thread is handed at least this much at a time: each hand-over costs about 0.1 ms."""


class CallerGoneError(Exception):
    """The connection closed before the body was whole; nobody waits for an answer."""


class BodyBrokenError(OSError):
    """What a reading thread sees of a body that stopped coming: Django knows it as an unreadable post."""


class Pace:
    """Time a sender may still keep us waiting: it passes while we wait, and each byte earns some back."""

    def __init__(self, *, grace_s: float, rate: int) -> None:
        self._grace_s = self._left_s = grace_s
        self._rate = rate

    async def next(self, receive: Receive) -> dict[str, Any]:
        """Return the next message.

        Raises:
            RefusalError: 408, the time is used up.
            CallerGoneError: the connection closed.
        """
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._left_s):
                message = await receive()
        except TimeoutError:
            raise too_slow() from None
        if message["type"] != "http.request":
            raise CallerGoneError
        earned_s = len(message.get("body", b"")) / self._rate
        waited_s = time.monotonic() - began
        self._left_s = min(self._grace_s, self._left_s - waited_s + earned_s)
        return message


class Body:
    """One request's body. `input` is what Django reads; `close` gives back what it counted.

    Attributes:
        input: file-like, read in a thread.
        length: in bytes.
        fault: why it could not be read to its end, once that is known.
    """

    def __init__(self, bodies: "Bodies", receive: Receive) -> None:
        self._bodies, self._receive = bodies, receive
        self._pieces: list[bytes] = []
        self._held = 0
        self._is_long = False
        self._more = True
        self.input: io.BufferedIOBase = io.BytesIO()
        self.length = 0
        self.fault: RefusalError | CallerGoneError | None = None

    async def collect(self, declared: int | None) -> None:
        """Receive up to the short limit; a body that is longer becomes a stream.

        Raises:
            RefusalError: 408, 411 or 503.
            CallerGoneError: the connection closed.
        """
        limits = self._bodies.limits
        pace = Pace(grace_s=limits.grace_s, rate=limits.short_rate)
        while self._more and self._held <= limits.short_bytes:
            self._keep(await pace.next(self._receive))
        if not self._more:
            self.length = self._held
            self.input = io.BytesIO(b"".join(self._pieces))
            self._pieces.clear()
        elif declared is None:
            raise of_unknown_length()
        else:
            self._stream(declared, limits)

    def _keep(self, message: dict[str, Any]) -> None:
        piece = message.get("body", b"")
        self._bodies.hold(len(piece))
        self._held += len(piece)
        self._pieces.append(piece)
        self._more = message.get("more_body", False)

    def _stream(self, declared: int, limits: Limits) -> None:
        self._bodies.begin_long()
        self._is_long, self.length = True, declared
        self._pace = Pace(grace_s=limits.grace_s, rate=limits.long_rate)
        loop = asyncio.get_running_loop()
        self.input = io.BufferedReader(_Pulled(self, loop), PIECE_BYTES)

    async def next_piece(self) -> bytes:
        """Return the next bytes of a long body for its thread, none at its end.

        Raises:
            BodyBrokenError: it stopped coming; `fault` says how.
        """
        pieces, size = self._pieces, self._held
        self._pieces = []
        self._bodies.release(self._held)
        self._held = 0
        try:
            while self._more and size < PIECE_BYTES:
                message = await self._pace.next(self._receive)
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                self._more = message.get("more_body", False)
        except (RefusalError, CallerGoneError) as fault:
            self.fault = fault
            raise BodyBrokenError("the body of the request stopped coming") from fault
        return b"".join(pieces)

    async def gone(self) -> None:
        """Return once the caller closed the connection; only after the whole body came."""
        while (await self._receive())["type"] == "http.request":
            pass

    def close(self) -> None:
        """Give back what was counted."""
        self._bodies.release(self._held)
        self._held = 0
        if self._is_long:
            self._bodies.end_long()


class _Pulled(io.RawIOBase):
    """A long body as its thread reads it: each read asks the event loop for what has come."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop) -> None:
        self._body, self._loop = body, loop
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what is there; 0 at the end."""
        if not self._rest:
            asked = asyncio.run_coroutine_threadsafe(self._body.next_piece(), self._loop)
            self._rest = memoryview(asked.result())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class Bodies:
    """Counts what all bodies of the process hold together; used on the event loop only."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._held = 0
        self._long = 0

    async def take(self, scope: Scope, receive: Receive) -> Body:
        """Return a request's body, ready for a thread; close it in the end.

        Raises:
            RefusalError: it is too slow, of unknown length, or there is no room.
            CallerGoneError: the connection closed.
        """
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length")
        body = Body(self, receive)
        if declared is None and b"transfer-encoding" not in headers:
            return body  # none
        try:
            await body.collect(None if declared is None else int(declared))
        except BaseException:
            body.close()
            raise
        return body

    def hold(self, size: int) -> None:
        """Count bytes that wait.

        Raises:
            RefusalError: 503.
        """
        if self._held + size > self.limits.held_bytes:
            raise busy()
        self._held += size

    def release(self, size: int) -> None:
        """Give back what `hold` counted."""
        self._held -= size

    def begin_long(self) -> None:
        """Count a body that will hold a thread while it comes.

        Raises:
            RefusalError: 503, as many as may do.
        """
        if self._long >= self.limits.long_bodies:
            raise busy()
        self._long += 1

    def end_long(self) -> None:
        """Give back what `begin_long` counted."""
        self._long -= 1
