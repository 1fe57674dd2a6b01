"""What the scheduler does every few seconds: count traffic, look at rules, tell, have measured, forget."""

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from platform_core.accounts.api import platform_actor
from platform_core.errors import PlatformError
from platform_core.jobs import api as jobs
from platform_core.monitoring import services
from platform_core.monitoring.alerts import delivering, running
from platform_core.monitoring.models import (
    AlertEvent,
    DriftReport,
    QualityPoint,
    TrafficPoint,
    Watch,
)
from platform_core.serving import api as serving

_log = structlog.get_logger(__name__)
MEASURE_EVERY = timedelta(minutes=15)
KEEP_TRAFFIC, KEEP_FIGURES = timedelta(days=8), timedelta(days=365)
"""Of traffic by the look: a rule's window is a week at most. Of reports, quality and events: a year."""


def turn() -> None:
    """Do what is due every quarter of a minute."""
    collect()
    running.look_at_all()
    delivering.deliver()
    have_measured()


def clean() -> None:
    """Destroy logged days nobody needs, and figures that are old."""
    serving.request_log.expire()
    now = timezone.now()
    TrafficPoint.objects.filter(at__lt=now - KEEP_TRAFFIC).delete()
    for rows in (AlertEvent.objects, DriftReport.objects):
        rows.filter(created_at__lt=now - KEEP_FIGURES).delete()
    QualityPoint.objects.filter(start__lt=now - KEEP_FIGURES).delete()


def collect() -> int:
    """Write what watched endpoints answered since the last look; return how many did."""
    watched = [row for row in serving.Endpoint.objects.all() if row.options.get("watch")]
    return sum(_collect(endpoint) for endpoint in watched)


def _collect(endpoint: serving.Endpoint) -> bool:
    with transaction.atomic():
        watch, is_new = Watch.objects.select_for_update().get_or_create(endpoint=endpoint)
        seen: dict[str, list[Any]] = {}
        requests = failures = 0
        latency: dict[str, int] = {}
        for row in serving.TrafficCount.objects.filter(endpoint=endpoint):
            key = f"{row.epoch} {row.node} {row.alias} {row.version}"
            seen[key] = [row.requests, row.failures, row.latency]
            before = watch.seen.get(key, [0, 0, {}])
            if before[0] > row.requests:  # a runtime of the same name began anew
                before = [0, 0, {}]
            requests += row.requests - before[0]
            failures += row.failures - before[1]
            for bucket, number in row.latency.items():
                latency[bucket] = latency.get(bucket, 0) + number - before[2].get(bucket, 0)
        if seen == watch.seen:
            return False
        watch.seen = seen
        watch.save(update_fields=["seen"])
        if requests <= 0 or (is_new and not seen):
            return False
        used = {bucket: number for bucket, number in latency.items() if number > 0}
        TrafficPoint.objects.create(
            endpoint=endpoint, requests=requests, failures=max(0, failures), latency=used
        )
        return True


def have_measured() -> int:
    """Queue the measuring of endpoints of which something was logged since; return how many."""
    now = timezone.now()
    newest = (
        serving.LogBatch.objects.filter(created_at__gte=now - timedelta(days=1))
        .values("log_day__endpoint")
        .annotate(newest=Max("id"))
        .values_list("log_day__endpoint", "newest")
    )
    asked = 0
    for endpoint_id, log_id in newest:
        if endpoint_id is not None:
            asked += _have_measured(endpoint_id, log_id)
    return asked


def _have_measured(endpoint_id: Any, log_id: int) -> bool:
    now = timezone.now()
    with transaction.atomic():
        watch, _ = Watch.objects.select_for_update().get_or_create(endpoint_id=endpoint_id)
        is_due = watch.measured_at is None or watch.measured_at <= now - MEASURE_EVERY
        if watch.measured_log_id >= log_id or not is_due:
            return False
        endpoint = serving.Endpoint.objects.select_related("organisation").get(pk=endpoint_id)
        watch.measured_at, watch.measured_log_id = now, log_id
        watch.save(update_fields=["measured_at", "measured_log_id"])
        try:
            jobs.submit(
                actor=platform_actor(endpoint.organisation),
                kind=services.MEASURE,
                params={"endpoint": str(endpoint.pk)},
                priority=-10,
                subject=endpoint.name,
            )
        except PlatformError as error:  # its queue is full: the next quarter of an hour tries again
            _log.info("measuring_not_queued", endpoint=str(endpoint.pk), why=error.detail)
            return False
    return True
