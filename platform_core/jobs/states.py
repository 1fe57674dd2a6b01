"""The states of a job and of an attempt, and which of them mean what."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    """Where a job is; PREEMPTED lasts from a worker's request to stop until it is queued again."""

    QUEUED = "queued", _("Queued")
    LEASED = "leased", _("Starting")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    PREEMPTED = "preempted", _("Preempted")


HELD = frozenset({JobState.LEASED, JobState.RUNNING, JobState.PREEMPTED})
"""States in which an attempt holds the job."""

ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
"""States that only a retry leaves."""

RETRYABLE = frozenset({JobState.FAILED, JobState.CANCELLED})


class Outcome(models.TextChoices):
    """How an attempt ended; empty while it runs."""

    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CRASHED = "crashed", _("Crashed")
    CANCELLED = "cancelled", _("Cancelled")
    PREEMPTED = "preempted", _("Preempted")
    LOST = "lost", _("Worker lost")
