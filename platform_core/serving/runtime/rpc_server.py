"""The gRPC server: which call is answered by what, limits, and statuses."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, cast

import grpc
import structlog

from platform_core.serving.protocol import inference_pb2 as pb
from platform_core.serving.runtime.callers import Caller, KeyRing
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rpc import InferenceService, parse, serialised
from platform_core.serving.runtime.rpc_gate import SERVICE, Gate, NotServed
from platform_core.serving.runtime.statistics import Statistics
from platform_core.serving.runtime.traffic import Wish

_log = structlog.get_logger("pentaquark.runtime")
_STREAM_IDLE_S = 600.0
_KEEP_ALIVE = (
    ("grpc.keepalive_time_ms", 60_000),  # asks a silent caller whether it is still there
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    (
        "grpc.http2.min_ping_interval_without_data_ms",
        5_000,
    ),  # callers that ask more often are closed
    ("grpc.http2.max_ping_strikes", 3),
    ("grpc.max_connection_idle_ms", 600_000),
    ("grpc.max_concurrent_streams", 256),  # of one connection
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.absolute_max_metadata_size", 32 * 1024),
)
Answer = Callable[[Caller, Any], Awaitable[Any]]


class Calls:
    """Turns an InferenceService into handlers: bytes to messages, refusals to statuses."""

    def __init__(
        self, service: InferenceService, gate: Gate, keys: KeyRing, statistics: Statistics
    ) -> None:
        self._service, self._gate = service, gate
        self._keys, self._statistics = keys, statistics

    def handlers(self) -> Any:
        """Return the handlers of every call."""
        service = self._service
        answers: dict[str, tuple[Any, Answer]] = {
            "ServerLive": (pb.ServerLiveRequest, service.server_live),
            "ServerReady": (pb.ServerReadyRequest, service.server_ready),
            "ServerMetadata": (pb.ServerMetadataRequest, service.server_metadata),
            "ModelReady": (pb.ModelReadyRequest, service.model_ready),
            "ModelMetadata": (pb.ModelMetadataRequest, service.model_metadata),
            "ModelConfig": (pb.ModelConfigRequest, service.model_config),
            "ModelStatistics": (pb.ModelStatisticsRequest, service.model_statistics),
            "RepositoryIndex": (pb.RepositoryIndexRequest, service.repository_index),
            "RepositoryModelLoad": (pb.RepositoryModelLoadRequest, service.repository_model_load),
            "RepositoryModelUnload": (
                pb.RepositoryModelUnloadRequest,
                service.repository_model_unload,
            ),
        }
        handlers = {
            name: self._unary(*found, needs_key=not name.startswith("Server"))
            for name, found in answers.items()
        }
        handlers["ModelInfer"] = grpc.stream_unary_rpc_method_handler(self._infer)
        handlers["ModelStreamInfer"] = grpc.stream_stream_rpc_method_handler(self._stream)
        return grpc.method_handlers_generic_handler(SERVICE, handlers)

    def _unary(self, kind: Any, answer: Answer, *, needs_key: bool) -> Any:
        async def handle(_: Any, context: Any) -> bytes:
            async def reply() -> bytes:
                told = await self._gate.admit(context, needs_key=needs_key)
                request = parse(kind, await self._gate.read(context))
                return serialised(await answer(cast("Caller", told.caller), request))

            return await self._guarded(context, reply)

        return grpc.stream_unary_rpc_method_handler(handle)

    async def _infer(self, _: Any, context: Any) -> bytes:
        async def reply() -> bytes:
            told = await self._gate.admit(context)
            raw = await self._gate.read(context)
            if told.packed:
                context.set_compression(grpc.Compression.Gzip)
            return await self._service.infer(
                cast("Caller", told.caller), told.wish, raw, serialised
            )

        return await self._guarded(context, reply)

    async def _stream(self, _: Any, context: Any) -> None:
        """Answer one message after the other; what is wrong with one does not end the stream."""
        try:
            told = await self._gate.admit(context)
            if told.packed:
                context.set_compression(grpc.Compression.Gzip)
            while (raw := await _next(context)) is not grpc.aio.EOF:
                caller = await self._keys.caller(told.authorization)
                await context.write(await self._stream_answer(caller, told.wish, raw))
        except Refusal as refusal:
            await self._gate.end(context, refusal)

    async def _stream_answer(self, caller: Caller, wish: Wish, raw: bytes) -> bytes:
        try:
            answer = await self._service.infer(caller, wish, raw, _last_of_stream)
        except Exception as error:  # noqa: BLE001  (as in _guarded)
            refusal = _refusal_of(error)
            self._statistics.count("grpc", refusal.status)
            return _refused_in_stream(refusal, raw)
        self._statistics.count("grpc", 200)
        return answer

    async def _guarded(self, context: Any, reply: Callable[[], Awaitable[bytes]]) -> bytes:
        """Turn whatever goes wrong into a status and a sentence."""
        try:
            result = await reply()
        except asyncio.CancelledError:  # the caller has gone
            self._statistics.count("grpc", 499)
            raise
        except Exception as error:  # noqa: BLE001  (the process's edge: logged, and nothing of it leaks)
            await self._gate.end(context, _refusal_of(error))
        self._statistics.count("grpc", 200)
        return result


async def _next(context: Any) -> Any:
    try:
        async with asyncio.timeout(_STREAM_IDLE_S):
            return await context.read()
    except TimeoutError:
        raise Refusal(408, f"Nothing came for {_STREAM_IDLE_S:g} s.", code="stream_idle") from None


def _refusal_of(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    _log.error("rpc_failed", exc_info=error)
    return Refusal(500, "The runtime failed on this request.")


def _last_of_stream(answer: Any) -> bytes:
    """Write an answer of a stream: models here give one answer to a request, each is its last."""
    answer.parameters["triton_final_response"].bool_param = True
    return serialised(pb.ModelStreamInferResponse(infer_response=answer))


def _refused_in_stream(refusal: Refusal, raw: bytes) -> bytes:
    reply = pb.ModelStreamInferResponse(error_message=refusal.words)
    reply.infer_response.parameters["error_code"].string_param = refusal.code
    with contextlib.suppress(Refusal):
        reply.infer_response.id = parse(pb.ModelInferRequest, raw).id
    return serialised(reply)


def make_server(calls: Calls, gate: Gate, options: RuntimeOptions) -> Any:
    """Return a gRPC server bound to its port.

    Raises:
        RuntimeError: the port is taken.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", options.max_body_bytes),  # packed and unpacked
            ("grpc.max_send_message_length", -1),
            ("grpc.server_handshake_timeout_ms", int(options.read_timeout_s * 1000)),
            ("grpc.so_reuseport", 0),  # else a second runtime would silently share the port
            *_KEEP_ALIVE,
        ],
        maximum_concurrent_rpcs=options.queue_limit,
    )
    server.add_generic_rpc_handlers((calls.handlers(), NotServed(gate)))
    server.add_insecure_port(f"{options.host}:{options.grpc_port}")
    return server
