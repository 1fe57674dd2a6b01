"""Jobs as REST shows them."""

from datetime import datetime
from typing import Any

from platform_core.jobs import selectors
from platform_core.jobs.kinds import kind_title
from platform_core.jobs.models import Attempt, Job, LogLine, MetricPoint
from platform_core.jobs.waiting import WaitingRoom


def job_summary(job: Job) -> dict[str, Any]:
    """Return a job as a list shows it."""
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "title": kind_title(job.kind),
        "subject": job.subject,
        "state": job.state,
        "progress": round(job.progress, 4),
        "message": job.message,
        "metrics": job.metrics,
        "error": job.error,
        "result": job.result,
        "priority": job.priority,
        "cancel_requested": job.cancel_requested_at is not None,
        "submitted_by": job.submitted_by.email if job.submitted_by else "platform",
        "created_at": _time(job.created_at),
        "started_at": _time(job.started_at),
        "finished_at": _time(job.finished_at),
    }


def job_detail(job: Job) -> dict[str, Any]:
    """Return everything about a job but its log and curves."""
    checkpoint = {"saved_at": _time(job.checkpoint_at), "size_bytes": job.checkpoint_bytes}
    return job_summary(job) | {
        "params": job.params,
        "attempts": [_attempt(attempt) for attempt in job.attempts.all()],
        "queue_position": WaitingRoom(job.organisation_id).place(job),
        "seconds_left": selectors.seconds_left(job),
        "checkpoint": checkpoint if job.checkpoint_path else None,
    }


def log_page(lines: list[LogLine], after: int) -> dict[str, Any]:
    """Return log lines and the cursor to ask with next."""
    return {
        "lines": [
            {
                "id": line.pk,
                "at": _time(line.at),
                "attempt": line.attempt_number,
                "text": line.text,
            }
            for line in lines
        ],
        "next": lines[-1].pk if lines else after,
    }


def curves(points: dict[str, list[MetricPoint]]) -> dict[str, Any]:
    """Return the curves of a job: name -> steps and values."""
    return {
        "curves": {
            name: {"steps": [p.step for p in found], "values": [p.value for p in found]}
            for name, found in points.items()
        }
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "node": attempt.node_name,
        "outcome": attempt.outcome or None,
        "reason": attempt.reason,
        "leased_at": _time(attempt.leased_at),
        "started_at": _time(attempt.started_at),
        "ended_at": _time(attempt.ended_at),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
