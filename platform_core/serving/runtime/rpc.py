"""The gRPC protocol, in the same event loop as REST."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

import grpc
import structlog

from platform_core.serving.protocol import inference_pb2 as pb
from platform_core.serving.protocol import inference_pb2_grpc as stubs
from platform_core.serving.protocol import rpc
from platform_core.serving.protocol.datatypes import ProtocolError
from platform_core.serving.runtime.callers import Caller, KeyRing
from platform_core.serving.runtime.execution import INLINE_BYTES, Execution
from platform_core.serving.runtime.inference import Inference, as_refusal
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rest import SERVER
from platform_core.serving.runtime.statistics import Statistics

_log = structlog.get_logger("pentaquark.runtime")
_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
}
T = TypeVar("T")


class InferenceServicer(stubs.GRPCInferenceServiceServicer):  # type: ignore[misc]
    """The six calls of inference.GRPCInferenceService."""

    def __init__(
        self, inference: Inference, execution: Execution, keys: KeyRing, statistics: Statistics
    ) -> None:
        self._inference, self._execution = inference, execution
        self._keys, self._statistics = keys, statistics

    async def ServerLive(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Say that the process lives."""
        return pb.ServerLiveResponse(live=True)

    async def ServerReady(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Say whether the process takes predictions."""
        return pb.ServerReadyResponse(ready=self._inference.is_ready)

    async def ServerMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Name the server and its extensions."""
        return pb.ServerMetadataResponse(**SERVER)

    async def ModelReady(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Say whether a model can answer."""

        async def answer() -> Any:
            caller = await self._caller(context)
            try:
                await self._inference.check_ready(caller, request.name, request.version)
            except Refusal as refusal:
                if refusal.status != 503:
                    raise
                return pb.ModelReadyResponse(ready=False)
            return pb.ModelReadyResponse(ready=True)

        return await self._guard(context, answer)

    async def ModelMetadata(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Describe a model."""

        async def answer() -> Any:
            caller = await self._caller(context)
            found = await self._inference.metadata(caller, request.name, request.version)
            return pb.ModelMetadataResponse(**found)

        return await self._guard(context, answer)

    async def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Answer a prediction."""
        return await self._guard(context, lambda: self._infer(request, context))

    async def _infer(self, message: Any, context: Any) -> Any:
        caller = await self._caller(context)
        entry = await self._inference.find(caller, message.model_name, message.model_version)
        began = time.perf_counter()
        try:
            if message.ByteSize() <= INLINE_BYTES:
                request = rpc.decode(message)
            else:
                request = await self._execution.offload(rpc.decode, message)
            outputs = await self._inference.predict(entry, request)
            answer = rpc.encode(
                request,
                outputs,
                model=(message.model_name, entry.key.number),
                datatypes=entry.output_datatypes,
            )
        except ProtocolError as error:
            entry.figures.failures += 1
            raise as_refusal(error) from None
        entry.figures.histogram.observe(time.perf_counter() - began)
        return answer

    async def _caller(self, context: Any) -> Caller:
        authorization = dict(context.invocation_metadata()).get("authorization")
        if isinstance(authorization, str):
            authorization = authorization.encode()
        return await self._keys.caller(authorization)

    async def _guard(self, context: Any, answer: Callable[[], Awaitable[T]]) -> T:
        """Turn whatever goes wrong into a status and a sentence."""
        try:
            result = await answer()
        except Refusal as refusal:
            await self._abort(context, refusal)
        except Exception:  # noqa: BLE001  (the process's edge: logged, and nothing of it leaks)
            _log.exception("rpc_failed")
            await self._abort(context, Refusal(500, "The runtime failed on this request."))
        self._statistics.count("grpc", 200)
        return result

    async def _abort(self, context: Any, refusal: Refusal) -> NoReturn:
        self._statistics.count("grpc", refusal.status)
        code = _CODES.get(refusal.status, grpc.StatusCode.INTERNAL)
        await context.abort(code, refusal.words)
        raise AssertionError("abort always raises")


def make_server(servicer: InferenceServicer, options: RuntimeOptions) -> Any:
    """Return a gRPC server bound to its port.

    Raises:
        RuntimeError: the port is taken.
    """
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", options.max_body_bytes),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),  # else a second runtime would silently share the port
        ],
        maximum_concurrent_rpcs=options.queue_limit,
    )
    stubs.add_GRPCInferenceServiceServicer_to_server(servicer, server)
    server.add_insecure_port(f"{options.host}:{options.grpc_port}")
    return server
