"""The traced runtime: the same parts with spans around them.

These classes take the place of the plain ones only where an exporter's address is configured, so that a
runtime without one runs not a single instruction more.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.body import Receive
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.execution import Outputs
from platform_core.serving.runtime.inference import Inference
from platform_core.serving.runtime.paths import Target
from platform_core.serving.runtime.rest import RestApplication
from platform_core.serving.runtime.rest_answers import Answer
from platform_core.serving.runtime.rest_inference import RestInference
from platform_core.serving.runtime.traffic import Arm
from platform_core.serving.runtime.versions import LoadedVersion

_span: ContextVar[Any] = ContextVar("span", default=None)
"""Of the request, where it is recorded; each request has a context of its own."""
_CARRIERS = (b"traceparent", b"tracestate")


@dataclass(frozen=True)
class Parts:
    """What a runtime is put together of."""

    application: Callable[..., RestApplication] = RestApplication
    predictions: Callable[..., RestInference] = RestInference
    inference: Callable[..., Inference] = Inference
    stop: Callable[[], None] = lambda: None


def parts(url: str, ratio: float) -> Parts:
    """Return the plain parts, or traced ones where there is an address to send spans to."""
    if not url:
        return Parts()
    from platform_core.web.api import Tracing  # noqa: PLC0415  (only a process that traces pays for it)

    tracing = Tracing(service="pentaquark-runtime", url=url, ratio=ratio)
    return Parts(
        partial(TracedApplication, tracing),
        partial(TracedPredictions, tracing),
        partial(TracedInference, tracing),
        tracing.stop,
    )


class TracedApplication(RestApplication):
    """Makes a span of each prediction and tells it in the answer."""

    def __init__(self, tracing: Any, *known: Any) -> None:
        super().__init__(*known)
        self._tracing = tracing

    async def respond(self, scope: dict[str, Any], receive: Receive) -> Answer | None:
        """Answer inside a span."""
        if not scope["path"].endswith("/infer"):
            return await super().respond(scope, receive)
        given = [(k, v) for k, v in scope["headers"] if k in _CARRIERS]
        span = self._tracing.begin("infer", _texts(given), {"url.path": scope["path"][:200]})
        if span.is_recording():
            _span.set(span)
        status = 499
        try:
            answer = await super().respond(scope, receive)
            if answer is not None:
                status = answer[0]
                answer[1].append((b"traceparent", _named(span)))
            return answer
        finally:
            span.set_attribute("http.response.status_code", status)
            span.end()


class TracedPredictions(RestInference):
    """Makes spans of reading and writing the tensors."""

    def __init__(self, tracing: Any, *known: Any) -> None:
        super().__init__(*known)
        self._tracing = tracing

    async def _decode(
        self, body: bytes, json_length: int | None, entry: LoadedVersion
    ) -> InferRequest:
        if (span := _span.get()) is None:
            return await super()._decode(body, json_length, entry)
        with self._tracing.child(span, "decode", {"bytes": len(body)}):
            return await super()._decode(body, json_length, entry)

    async def _encode(
        self, target: Target, entry: LoadedVersion, request: InferRequest, outputs: Outputs
    ) -> tuple[bytes, int | None]:
        if (span := _span.get()) is None:
            return await super()._encode(target, entry, request, outputs)
        with self._tracing.child(span, "encode"):
            return await super()._encode(target, entry, request, outputs)


class TracedInference(Inference):
    """Makes a span of the model, waiting included."""

    def __init__(self, tracing: Any, *known: Any) -> None:
        super().__init__(*known)
        self._tracing = tracing

    async def predict(
        self, entry: LoadedVersion, request: InferRequest, caller: Caller, arm: Arm
    ) -> Outputs:
        """Predict inside a span."""
        if (span := _span.get()) is None:
            return await super().predict(entry, request, caller, arm)
        key = entry.key
        attributes = {
            "pentaquark.organisation": key.organisation_id,
            "pentaquark.endpoint": arm.route[1],
            "pentaquark.model": key.model_name,
            "pentaquark.version": key.number,
            "pentaquark.alias": arm.alias,
        }
        with self._tracing.child(span, "model", attributes):
            return await super().predict(entry, request, caller, arm)


def _texts(headers: list[tuple[bytes, bytes]]) -> Mapping[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in headers}


def _named(span: Any) -> bytes:
    from platform_core.web.api import traceparent  # noqa: PLC0415  (as above)

    named: str = traceparent(span)
    return named.encode()
