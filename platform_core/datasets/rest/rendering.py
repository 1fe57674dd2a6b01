"""Data sets, versions and splits as JSON."""

from typing import Any

from platform_core.datasets import parts, resumable
from platform_core.datasets.models import Dataset, DatasetVersion, SourceFile, Split


def summary(dataset: Dataset) -> dict[str, Any]:
    """Return what lists and answers to changes show."""
    return {
        "id": str(dataset.pk),
        "name": dataset.name,
        "description": dataset.description,
        "state": dataset.state,
        "job": str(dataset.job_id) if dataset.job_id else None,
        "rejection": dataset.rejection,
        "created_at": dataset.created_at.isoformat(),
    }


def detail(dataset: Dataset, version: DatasetVersion | None) -> dict[str, Any]:
    """Return a data set with its newest ready version; its members are null without one."""
    return summary(dataset) | {
        "version": version.number if version else None,
        "version_id": str(version.pk) if version else None,
        "rows": version.rows if version else None,
        "size_bytes": version.size_bytes if version else None,
        "columns": version.columns if version else None,
        "issues": version.issues if version else None,
        "profile": version.profile if version else None,
        "cleaning": version.cleaning if version else None,
    }


def version_summary(version: DatasetVersion) -> dict[str, Any]:
    """Return a version."""
    return {
        "id": str(version.pk),
        "number": version.number,
        "state": version.state,
        "base": version.base.number if version.base else None,
        "rows": version.rows,
        "size_bytes": version.size_bytes,
        "columns": version.columns,
        "rules": version.rules,
        "job": str(version.job_id) if version.job_id else None,
        "progress": version.progress,
        "rejection": version.rejection,
        "created_at": version.created_at.isoformat(),
    }


def upload(file: SourceFile) -> dict[str, Any]:
    """Return a file that is being sent in parts."""
    return {
        "id": str(file.pk),
        "filename": file.filename,
        "size_bytes": file.size_bytes,
        "part_bytes": file.part_bytes,
        "parts": parts.count(file),
        "parts_received": resumable.received_parts(file),
        "complete": file.complete,
        "expires_at": resumable.expires_at(file).isoformat(),
    }


def split_summary(split: Split) -> dict[str, Any]:
    """Return a split."""
    return {
        "id": str(split.pk),
        "version": split.version.number,
        **{name: split.spec[name] for name in ("kind", "seed", "column")},
        "parts": split.parts,
        "counts": split.counts,
        "state": split.state,
        "job": str(split.job_id) if split.job_id else None,
        "rejection": split.rejection,
        "created_at": split.created_at.isoformat(),
    }
