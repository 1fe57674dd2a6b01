"""The calls of inference.GRPCInferenceService, in the same event loop as REST."""

import time
from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from platform_core.serving.protocol import describing, rpc
from platform_core.serving.protocol import inference_pb2 as pb
from platform_core.serving.protocol.datatypes import ProtocolError
from platform_core.serving.runtime.body import BodyReader
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.catalogue import Catalogue
from platform_core.serving.runtime.execution import INLINE_BYTES, Execution
from platform_core.serving.runtime.inference import Inference, as_refusal
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rest_control import check_overrides
from platform_core.serving.runtime.traffic import Wish

Finish = Callable[[Any], bytes]
"""Writes a ModelInferResponse, inside whatever carries it."""


class InferenceService:
    """Answers the messages of calls; knows nothing of keys, statuses and bytes (`rpc_server` does)."""

    def __init__(
        self,
        inference: Inference,
        catalogue: Catalogue,
        execution: Execution,
        bodies: BodyReader,
    ) -> None:
        self._inference, self._catalogue = inference, catalogue
        self._execution, self._bodies = execution, bodies

    async def server_live(self, caller: Caller, request: Any) -> Any:
        """Say that the process lives."""
        return pb.ServerLiveResponse(live=True)

    async def server_ready(self, caller: Caller, request: Any) -> Any:
        """Say whether the process takes predictions."""
        return pb.ServerReadyResponse(ready=self._inference.is_ready)

    async def server_metadata(self, caller: Caller, request: Any) -> Any:
        """Name the server and its extensions."""
        return pb.ServerMetadataResponse(**describing.SERVER)

    async def model_ready(self, caller: Caller, request: Any) -> Any:
        """Say whether a model can answer."""
        try:
            await self._catalogue.check_ready(caller, request.name, request.version)
        except Refusal as refusal:
            if refusal.status != 503:
                raise
            return pb.ModelReadyResponse(ready=False)
        return pb.ModelReadyResponse(ready=True)

    async def model_metadata(self, caller: Caller, request: Any) -> Any:
        """Describe a model."""
        found = await self._catalogue.metadata(caller, request.name, request.version)
        return pb.ModelMetadataResponse(**found)

    async def model_config(self, caller: Caller, request: Any) -> Any:
        """Return a model's configuration."""
        found = await self._catalogue.configuration(caller, request.name, request.version)
        return pb.ModelConfigResponse(config=found)

    async def model_statistics(self, caller: Caller, request: Any) -> Any:
        """Return what one model, or each, has done."""
        found = await self._catalogue.statistics(caller, request.name, request.version)
        return pb.ModelStatisticsResponse(**found)

    async def repository_index(self, caller: Caller, request: Any) -> Any:
        """Return the endpoints of the caller's organisation."""
        found = self._catalogue.index(caller, ready_only=request.ready)
        return pb.RepositoryIndexResponse(models=found)

    async def repository_model_load(self, caller: Caller, request: Any) -> Any:
        """Load what an endpoint answers with."""
        check_overrides(request.parameters)
        await self._catalogue.load(caller, request.model_name)
        return pb.RepositoryModelLoadResponse()

    async def repository_model_unload(self, caller: Caller, request: Any) -> Any:
        """Free the memory of an endpoint's versions."""
        await self._catalogue.unload(caller, request.model_name)
        return pb.RepositoryModelUnloadResponse()

    async def infer(self, caller: Caller, wish: Wish, raw: bytes, finish: Finish) -> bytes:
        """Return what `finish` makes of the ModelInferResponse to a ModelInferRequest.

        Raises:
            Refusal: any.
        """
        held = self._bodies.hold(len(raw))
        try:
            return await self._infer(caller, wish, raw, finish)
        finally:
            if held:
                self._bodies.release(held)

    async def _infer(self, caller: Caller, wish: Wish, raw: bytes, finish: Finish) -> bytes:
        is_small = len(raw) <= INLINE_BYTES
        began = time.perf_counter()
        message = parse(pb.ModelInferRequest, raw)  # copies bytes, builds nothing
        entry, arm = await self._inference.find(
            caller, message.model_name, message.model_version, wish
        )
        try:
            decode = rpc.decode
            request = (
                decode(message) if is_small else await self._execution.offload(decode, message)
            )
            decoded = time.perf_counter()
            entry, arm = self._inference.stick((entry, arm), request, wish)
            outputs = await self._inference.predict(entry, request, caller, arm)
            predicted = time.perf_counter()

            def encode() -> bytes:
                model = (message.model_name, entry.key.number)
                answer = rpc.encode(request, outputs, model=model, datatypes=entry.output_datatypes)
                return finish(answer)

            size = sum(array.nbytes for array in outputs.values())
            answer = encode() if size <= INLINE_BYTES else await self._execution.offload(encode)
        except ProtocolError as error:
            entry.figures.failures += 1
            raise as_refusal(error) from None
        entry.figures.count(began, decoded, predicted, time.perf_counter())
        return answer


def serialised(message: Any) -> bytes:
    """Return the bytes of a message."""
    return bytes(message.SerializeToString())


def parse(kind: Any, raw: bytes) -> Any:
    """Return the message of the bytes.

    Raises:
        Refusal: 400.
    """
    try:
        return kind.FromString(raw)
    except DecodeError:
        raise Refusal(400, f"The message is no {kind.DESCRIPTOR.name}.") from None
