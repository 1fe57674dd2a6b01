"""Objects of the application as JSON."""

from collections.abc import Sequence
from typing import Any

from apps.recommendation.models import Recommender
from apps.recommendation.services import (
    Reason,
    Recommendations,
    Scores,
    SimilarItems,
    Suggestion,
)
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry


def summary(recommender: Recommender) -> dict[str, Any]:
    """Return a recommender for a list."""
    return {
        "name": recommender.name,
        "state": recommender.state,
        "serving_version": recommender.serving_version,
        "model": recommender.params.get("model", ""),
        "job": str(recommender.job_id),
        "created_at": recommender.created_at,
    }


def detail(
    recommender: Recommender, job: jobs.Job | None, versions: Sequence[registry.ModelVersion]
) -> dict[str, Any]:
    """Return a recommender with all that belongs to it."""
    serving = [each for each in versions if each.number == recommender.serving_version]
    return {
        **summary(recommender),
        "dataset": str(recommender.dataset_id),
        "dataset_version": str(recommender.dataset_version_id),
        "columns": recommender.columns,
        "items": recommender.items,
        "users": recommender.users,
        "params": recommender.params,
        "training": _training(job),
        "metrics": serving[0].metrics if serving else {},
        "versions": [_version(each) for each in versions],
    }


def recommendations(answer: Recommendations) -> dict[str, Any]:
    """Return the answer for one user."""
    return {
        "user": answer.user,
        "known": answer.known,
        "items": [_suggestion(each) for each in answer.items],
        "model_version": answer.model_version,
        **({"notes": list(answer.notes)} if answer.notes else {}),
        **({"recommendation_id": answer.recommendation_id} if answer.recommendation_id else {}),
    }


def scores(answer: Scores) -> dict[str, Any]:
    """Return scores in the order asked."""
    return {
        "user": answer.user,
        "known": answer.known,
        "scores": answer.scores,
        "model_version": answer.model_version,
    }


def similar(answer: SimilarItems) -> dict[str, Any]:
    """Return the items like one item."""
    return {
        "item": answer.item,
        "items": [_suggestion(each) for each in answer.items],
        "model_version": answer.model_version,
    }


def _suggestion(each: Suggestion) -> dict[str, Any]:
    titled = {"title": each.title} if each.title else {}
    explained = {"reason": _reason(each.reason)} if each.reason else {}
    return {"item": each.item, "score": each.score, **titled, **explained}


def _reason(reason: Reason) -> dict[str, Any]:
    liked = [{"item": i.item, "title": i.title, "share": i.share} for i in reason.items]
    return {"because": reason.because, "items": liked, "pinned": reason.pinned}


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
