"""The only door of monitoring to `ml`: jobs that read the request log."""

from collections.abc import Mapping
from typing import Any

from platform_core.jobs.api import JobContext
from platform_core.monitoring.engine import drifting, exporting, judging


def measure(context: JobContext) -> Mapping[str, Any]:
    """Measure drift of the last day and quality by the labels that came; the job `monitoring.measure`."""
    endpoint = exporting.endpoint_of(context)
    reports = drifting.measure(endpoint)
    context.update(0.5, "Measuring")
    points = judging.measure(endpoint)
    return {"reports": reports, "quality_points": points}


def make_dataset(context: JobContext) -> Mapping[str, Any]:
    """Make a data set of what was logged; the job `monitoring.make_dataset`."""
    return exporting.make_dataset(context)
