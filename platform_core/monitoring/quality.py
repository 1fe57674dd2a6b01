"""Tells canaries how good answers turned out."""

from collections.abc import Sequence
from datetime import datetime

from platform_core.monitoring.models import QualityPoint
from platform_core.serving import api as serving


def source(
    endpoint: serving.Endpoint, versions: Sequence[int], since: datetime
) -> dict[int, serving.Quality]:
    """Return the quality of each version's answers since then; by whole hours."""
    hour = since.replace(minute=0, second=0, microsecond=0)
    points = QualityPoint.objects.filter(endpoint=endpoint, version__in=versions, start__gte=hour)
    found: dict[int, serving.Quality] = {}
    for point in points:
        known = found.get(point.version)
        one = serving.Quality(point.labels, point.mean, point.variance)
        found[point.version] = one if known is None else _together(known, one)
    return found


def _together(a: serving.Quality, b: serving.Quality) -> serving.Quality:
    """Return the figures of two groups of labels as one group's (Chan, Golub & LeVeque 1979)."""
    labels = a.labels + b.labels
    mean = (a.labels * a.mean + b.labels * b.mean) / labels
    within = a.variance * (a.labels - 1) + b.variance * (b.labels - 1)
    between = (a.mean - b.mean) ** 2 * a.labels * b.labels / labels
    return serving.Quality(labels, mean, (within + between) / max(1, labels - 1))
