"""What a gRPC call passes before its message is read: the key, and a clock.

The handler of a unary call is given its message when that is whole, so it would check the key of a caller
whose 64 MiB it holds already, and wait for a slow one for ever. Ours are handlers of streams that read one
message themselves: of a refused call no more is read than what arrived together with its header (the
flow-control window of HTTP/2). On the wire both are the same.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc

from platform_core.serving.runtime.callers import Caller, KeyRing
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rest_control import NOT_SERVED
from platform_core.serving.runtime.statistics import Statistics
from platform_core.serving.runtime.traffic import ANY, Wish

SERVICE = "inference.GRPCInferenceService"
_ALIAS, _STICKY_KEY = "x-pentaquark-alias", "x-pentaquark-sticky-key"
STATUSES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    499: grpc.StatusCode.CANCELLED,
    501: grpc.StatusCode.UNIMPLEMENTED,
    503: grpc.StatusCode.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who a call comes from and what its metadata says.

    Attributes:
        caller: None for calls that need no key.
        authorization: to check the key again during a long stream.
        wish: of the alias that answers.
        packed: the caller would like its answer compressed (`accept-encoding: gzip`).
    """

    caller: Caller | None
    authorization: bytes | None
    wish: Wish
    packed: bool


class Gate:
    """Checks keys, reads messages, and ends calls whose message does not come."""

    def __init__(self, keys: KeyRing, statistics: Statistics) -> None:
        self._keys, self._statistics = keys, statistics
        self._arriving: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()

    async def admit(self, context: Any, *, needs_key: bool = True) -> Asking:
        """Return who calls.

        Raises:
            Refusal: 401.
        """
        said = dict(context.invocation_metadata())
        authorization = said.get("authorization")
        if isinstance(authorization, str):
            authorization = authorization.encode()
        caller = await self._keys.caller(authorization) if needs_key else None
        wish = ANY
        if _ALIAS in said or _STICKY_KEY in said:
            wish = Wish(str(said.get(_ALIAS, "")), str(said.get(_STICKY_KEY, "")))
        packed = "gzip" in str(said.get("accept-encoding", ""))
        return Asking(caller, authorization, wish, packed)

    async def read(self, context: Any) -> bytes:
        """Return the message of a call.

        Raises:
            Refusal: 400 the caller sent none, 408 it did not come in time.
        """
        task = asyncio.current_task()
        assert task is not None, "gRPC runs each call in a task"  # noqa: S101
        self._arriving[task] = time.monotonic()
        try:
            raw = await context.read()
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise Refusal(408, "The message did not come in time.") from None
        finally:
            self._arriving.pop(task, None)
            self._late.discard(task)
        if raw is grpc.aio.EOF:
            raise Refusal(400, "The call has no message, or one that is too large.")
        return bytes(raw)

    async def sweep(self, *, limit_s: float) -> None:
        """End calls whose message has been arriving for more than `limit_s`, until cancelled."""
        while True:
            await asyncio.sleep(1.0)
            now = time.monotonic()
            for task, since in list(self._arriving.items()):
                if now - since > limit_s and task not in self._late:
                    self._late.add(task)
                    task.cancel()

    async def end(self, context: Any, refusal: Refusal) -> NoReturn:
        """End a call with a refusal: its code and time to wait travel behind it as metadata.

        Raises:
            grpc.aio.AbortError: always.
        """
        self._statistics.count("grpc", refusal.status)
        trailer = [("error-code", refusal.code)]
        if refusal.retry_after_s:
            trailer.append(("retry-after", str(refusal.retry_after_s)))
        code = STATUSES.get(refusal.status, grpc.StatusCode.INTERNAL)
        await context.abort(code, refusal.words, tuple(trailer))
        raise AssertionError("abort always raises")


class NotServed(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Says of Triton's other calls that they are not served, rather than that they do not exist."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def service(self, handler_call_details: Any) -> Any:
        """Return the handler of a call that nobody else handles."""
        _, service, method = handler_call_details.method.rsplit("/", 2)
        if service != SERVICE:
            return None

        async def refuse(_: Any, context: Any) -> None:
            await self._gate.end(context, Refusal(501, NOT_SERVED.format(method[:80])))

        return grpc.stream_unary_rpc_method_handler(refuse)
