"""One log line and one Prometheus observation per request."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

log = structlog.get_logger("pentaquark.request")
REQUESTS = Counter(
    "pentaquark_http_requests_total", "Requests answered.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "pentaquark_http_request_seconds",
    "Time to answer a request.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"healthz", "readyz", "metrics"})


class ObservabilityMiddleware:
    """Measures from the outside of the middleware chain; routes, not paths, are the labels."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and record it."""
        started = time.perf_counter()
        response = self._get_response(request)
        elapsed_s = time.perf_counter() - started
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        method = (
            request.method if request.method in _METHODS else "other"
        )  # a caller may invent some
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(elapsed_s)
        if route not in _QUIET:
            log.info(
                "request",
                method=method,
                route=route,
                status=response.status_code,
                ms=round(elapsed_s * 1000, 1),
            )
        return response
