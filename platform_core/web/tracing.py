"""Traces: one tree of spans from the page through the runtime to the model.

OpenTelemetry is imported only where an exporter's address is configured; elsewhere this costs one look at a
variable. W3C `traceparent` headers carry a trace on, and every traced answer tells its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_tracing: "Tracing | None" = None


class Tracing:
    """A tracer and where its spans go.

    Attributes:
        tracer: OpenTelemetry's.
    """

    def __init__(self, *, service: str, url: str, ratio: float) -> None:
        """Start sending spans, in batches, from a thread.

        Args:
            service: name of this process's part of the platform.
            url: of the collector, without `/v1/traces`.
            ratio: part of the traces that begin here and are recorded; who sends a trace decides for it.
        """
        # only a process that traces pays for these
        from opentelemetry import trace  # noqa: PLC0415
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider, sampling  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        self.provider = TracerProvider(
            resource=Resource.create({"service.name": service}),
            sampler=sampling.ParentBased(sampling.TraceIdRatioBased(ratio)),
            shutdown_on_exit=True,
        )
        exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=5)
        self.provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=4096, schedule_delay_millis=1000)
        )
        self.tracer = self.provider.get_tracer("pentaquark")
        self._trace, self._propagator = trace, TraceContextTextMapPropagator()

    def begin(self, name: str, headers: Mapping[str, str], attributes: Mapping[str, Any]) -> Any:
        """Return a span of the server kind, a child of what the headers carry."""
        return self.tracer.start_span(
            name,
            context=self._propagator.extract(headers),
            kind=self._trace.SpanKind.SERVER,
            attributes=attributes,
        )

    def child(self, parent: Any, name: str, attributes: Mapping[str, Any] | None = None) -> Any:
        """Return a span below `parent`, to be used with `with`."""
        context = self._trace.set_span_in_context(parent)
        return self.tracer.start_as_current_span(
            name, context=context, attributes=attributes, record_exception=False
        )

    def use(self, span: Any) -> Any:
        """Return a `with` block in which the span is the current one; it does not end it."""
        return self._trace.use_span(span, end_on_exit=False, record_exception=False)

    def carry(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers with the current span's `traceparent`."""
        found = dict(headers)
        self._propagator.inject(found)
        return found

    def stop(self) -> None:
        """Send what waits."""
        self.provider.shutdown()


def traceparent(span: Any) -> str:
    """Return the header that names a span."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def carried(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers of a call to another process, with the trace that is under way."""
    return headers if _tracing is None else _tracing.carry(headers)


def _started() -> Tracing:
    global _tracing  # noqa: PLW0603  (one for the process, made at its first request's door)
    if _tracing is None:
        _tracing = Tracing(
            service="pentaquark-web", url=settings.OTLP_URL, ratio=settings.TRACE_RATIO
        )
    return _tracing


class TracingMiddleware:
    """Makes a span of each request; in the settings only where an exporter's address is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response, self._tracing = get_response, _started()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request inside its span."""
        attributes = {"http.request.method": str(request.method)}
        span = self._tracing.begin(str(request.method), _sent(request), attributes)
        try:
            with self._tracing.use(span):
                response = self._get_response(request)
            route = request.resolver_match.route if request.resolver_match else "unmatched"
            span.update_name(f"{request.method} {route}")
            span.set_attributes(
                {"http.route": route, "http.response.status_code": response.status_code}
            )
        finally:
            span.end()
        response["traceparent"] = traceparent(span)
        return response


def _sent(request: HttpRequest) -> dict[str, str]:
    names = ("traceparent", "tracestate")
    return {name: request.headers[name] for name in names if name in request.headers}
