"""`/healthz`, `/readyz` and `/metrics`: what an orchestrator and Prometheus ask."""

import ipaddress
import secrets
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from platform_core.vault import api as vault


def public(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Mark a view that strangers may call; the route test refuses any other undeclared view."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


FORWARDED = frozenset({"HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED"})


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process can answer at all."""
    return JsonResponse({"status": "alive"})


def _database() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise RuntimeError("migrations are missing: run manage.py migrate")


def _cache() -> None:
    token = secrets.token_hex(8)
    cache.set(f"readyz:{token}", token, 5)
    if cache.get(f"readyz:{token}") != token:
        raise RuntimeError("the cache forgets")


def _store() -> None:
    vault.exists("readyz/probe")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "cache": _cache,
    "store": _store,
}


@public
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when every service the web process needs answers, else 503 naming which does not."""
    results = {}
    for name, check in CHECKS.items():
        try:
            check()
            results[name] = "ok"
        except Exception as error:  # noqa: BLE001  (a readiness probe reports any failure)
            results[name] = f"{type(error).__name__}"
    ready = all(result == "ok" for result in results.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "checks": results},
        status=200 if ready else 503,
    )


def _may_scrape(request: HttpRequest) -> bool:
    """Allow loopback, or the bearer token of PENTAQUARK_METRICS_TOKEN from elsewhere.

    What a proxy forwards comes from loopback too, but not from this machine.
    """
    token = settings.METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), token.encode())
    address = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0")  # noqa: S104
    return address.is_loopback and not FORWARDED & request.META.keys()


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the process's metrics in Prometheus text format."""
    if not _may_scrape(request):
        return HttpResponse(status=403)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
