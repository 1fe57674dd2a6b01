"""Predictions over REST: body to tensors, model, tensors to body."""

import time

from platform_core.serving.protocol import incoming, outgoing, raw_body
from platform_core.serving.protocol.datatypes import ProtocolError
from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime import packing
from platform_core.serving.runtime.body import BodyReader, Receive
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.execution import INLINE_BYTES, Execution, Outputs
from platform_core.serving.runtime.inference import Inference, as_refusal
from platform_core.serving.runtime.paths import Target
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rest_answers import BINARY, JSON, Answer, Headers
from platform_core.serving.runtime.traffic import ANY, Wish
from platform_core.serving.runtime.versions import LoadedVersion

_JSON_LENGTH = b"inference-header-content-length"
_VERSION, _ALIAS = b"x-pentaquark-version", b"x-pentaquark-alias"
_STICKY_KEY = b"x-pentaquark-sticky-key"


class RestInference:
    """Answers predictions of every listener."""

    def __init__(self, inference: Inference, execution: Execution, bodies: BodyReader) -> None:
        self._inference, self._execution, self._bodies = inference, execution, bodies

    async def answer(
        self, caller: Caller, target: Target, headers: Headers, receive: Receive
    ) -> Answer:
        """Return the answer of one prediction; the body is read only now.

        Raises:
            Refusal: any.
            CallerGoneError: the connection closed before the body was whole.
        """
        wish = _wish(headers)
        entry, arm = await self._inference.find(caller, target.name, target.version, wish)
        claimed = self._bodies.claim(headers)
        try:
            body = await self._body(headers, receive)
            began = time.perf_counter()
            try:
                request = await self._decode(body, _json_length(headers), entry)
                decoded = time.perf_counter()
                entry, arm = self._inference.stick((entry, arm), request, wish)
                outputs = await self._inference.predict(entry, request, caller, arm)
                predicted = time.perf_counter()
                content, json_length = await self._encode(target, entry, request, outputs)
            except ProtocolError as error:
                entry.figures.failures += 1
                raise as_refusal(error) from None
        finally:
            if claimed:
                self._bodies.release(claimed)
        entry.figures.count(began, decoded, predicted, time.perf_counter())
        fields = [
            JSON if json_length is None else BINARY,
            (_VERSION, entry.key.number.encode()),
            (_ALIAS, arm.alias.encode()),
        ]
        if json_length is not None:
            fields.append((_JSON_LENGTH, str(json_length).encode()))
        if len(content) >= packing.WORTH_PACKING_BYTES:
            content = await self._pack(content, headers, fields)
        return 200, fields, content

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        encoding = packing.encoding_of(headers)
        body = await self._bodies.read(receive)
        if not encoding:
            return body
        # even a short packed body may be long when it is unpacked
        return await self._execution.offload(packing.unpack, body, encoding, self._bodies.max_bytes)

    async def _decode(
        self, body: bytes, json_length: int | None, entry: LoadedVersion
    ) -> InferRequest:
        if json_length == 0 and body:
            assert entry.predictor is not None, "find returns ready versions"  # noqa: S101
            return raw_body.decode(body, entry.predictor.manifest)
        if len(body) <= INLINE_BYTES:
            return incoming.decode(body, json_length, entry.input_datatypes)
        return await self._execution.offload(
            incoming.decode, body, json_length, entry.input_datatypes
        )

    async def _encode(
        self, target: Target, entry: LoadedVersion, request: InferRequest, outputs: Outputs
    ) -> tuple[bytes, int | None]:
        def encode() -> tuple[bytes, int | None]:
            return outgoing.encode(
                request,
                outputs,
                model=(target.name, entry.key.number),
                datatypes=entry.output_datatypes,
            )

        if sum(array.nbytes for array in outputs.values()) <= INLINE_BYTES:
            return encode()
        return await self._execution.offload(encode)

    async def _pack(
        self, content: bytes, headers: Headers, fields: list[tuple[bytes, bytes]]
    ) -> bytes:
        fields.append((b"vary", b"accept-encoding"))
        if not (encoding := packing.accepted(headers)):
            return content
        fields.append((b"content-encoding", encoding))
        return await self._execution.offload(packing.pack, content, encoding)


def _wish(headers: Headers) -> Wish:
    alias, key = headers.get(_ALIAS), headers.get(_STICKY_KEY)
    if alias is None and key is None:
        return ANY
    return Wish((alias or b"").decode("latin-1"), (key or b"").decode("latin-1"))


def _json_length(headers: Headers) -> int | None:
    value = headers.get(_JSON_LENGTH)
    if value is None:
        return None
    if not value.isdigit() or len(value) > 12:
        raise Refusal(400, "Inference-Header-Content-Length is a number.")
    return int(value)
