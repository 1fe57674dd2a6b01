"""Objects of the application as JSON."""

from collections.abc import Sequence
from typing import Any

from apps.fraud.models import Detector
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry


def summary(detector: Detector) -> dict[str, Any]:
    """Return a detector for a list."""
    return {
        "name": detector.name,
        "state": detector.state,
        "serving_version": detector.serving_version,
        "model": detector.params.get("model", ""),
        "job": str(detector.job_id) if detector.job_id else None,
        "created_at": detector.created_at,
    }


def detail(
    detector: Detector, job: jobs.Job | None, versions: Sequence[registry.ModelVersion]
) -> dict[str, Any]:
    """Return a detector with all that belongs to it."""
    serving = [each for each in versions if each.number == detector.serving_version]
    return {
        **summary(detector),
        "dataset": str(detector.dataset_id),
        "dataset_version": str(detector.dataset_version_id),
        "columns": detector.columns,
        "entities": detector.entities,
        "label_delay_days": detector.label_delay_days,
        "params": detector.params,
        "features": list(detector.normals or {}),
        "training": _training(job),
        "metrics": serving[0].metrics if serving else {},
        "versions": [_version(each) for each in versions],
    }


def _training(job: jobs.Job | None) -> dict[str, Any] | None:
    if job is None:
        return None
    return {
        "state": job.state,
        "progress": job.progress,
        "message": job.message,
        "error": job.error,
        "url": f"/api/v1/jobs/{job.pk}/",
    }


def _version(version: registry.ModelVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "created_at": version.created_at,
        "aliases": [alias.name for alias in version.aliases.all()],
        "metrics": version.metrics,
        "job": str(version.job_id) if version.job_id else None,
    }
