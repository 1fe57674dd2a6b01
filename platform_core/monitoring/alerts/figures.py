"""The figures that rules watch, read from what was counted and measured."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from platform_core.monitoring.models import AlertRule, DriftReport, QualityPoint, TrafficPoint
from platform_core.serving import api as serving

MIN_REQUESTS = 10
"""Fewer say nothing of a rate."""
_STALE = timedelta(hours=26)
"""A measuring older than its window of a day says nothing of now."""


@dataclass(frozen=True)
class Reading:
    """A figure: its value, and whether less is bad."""

    value: float
    below: bool = False


def read(rule: AlertRule, now: datetime) -> Reading | None:
    """Return what a rule watches; None where there is nothing to judge by."""
    since = now - timedelta(seconds=rule.window_s)
    if rule.metric in {"error_rate", "latency_p95"}:
        return _traffic(rule, since)
    if rule.metric in {"drift", "missing"}:
        return _drift(rule, now)
    if rule.metric == "quality":
        return _quality(rule, since)
    moves = serving.TrafficChange.objects.filter(endpoint=rule.endpoint, created_at__gte=since)
    failed = moves.filter(kind=serving.TrafficChange.Kind.CANARY_FAILED)
    return Reading(float(failed.count()))


def _traffic(rule: AlertRule, since: datetime) -> Reading | None:
    points = list(TrafficPoint.objects.filter(endpoint=rule.endpoint, at__gte=since))
    requests = sum(point.requests for point in points)
    if requests < MIN_REQUESTS:
        return None
    if rule.metric == "error_rate":
        return Reading(sum(point.failures for point in points) / requests)
    found = serving.latency_quantile_s(
        serving.latency_from_json(*(point.latency for point in points)), 0.95
    )
    return None if found is None else Reading(1000 * found)


def _drift(rule: AlertRule, now: datetime) -> Reading | None:
    """Return the drift of the version measured last: an older one that still answers a little is not it."""
    rows = DriftReport.objects.filter(endpoint=rule.endpoint, created_at__gte=now - _STALE)
    newest = rows.order_by("-until", "-version").first()
    if newest is None:
        return None
    return Reading(newest.psi if rule.metric == "drift" else newest.missing)


def _quality(rule: AlertRule, since: datetime) -> Reading | None:
    hour = since.replace(minute=0, second=0, microsecond=0)
    points = [
        point
        for point in QualityPoint.objects.filter(endpoint=rule.endpoint, start__gte=hour)
        if point.value is not None
    ]
    labels = sum(point.labels for point in points)
    if labels < MIN_REQUESTS:
        return None
    value = sum(point.labels * float(point.value or 0) for point in points) / labels
    return Reading(value, below=points[-1].metric != "mae")
