"""Deletes what nobody needs any more."""

from datetime import timedelta

import structlog
from django.utils import timezone

from platform_core.errors import PlatformError
from platform_core.jobs import checkpoints
from platform_core.jobs.models import Device, Job, LogLine, Node
from platform_core.jobs.policy import POLICY
from platform_core.jobs.states import ENDED, JobState

_log = structlog.get_logger(__name__)
_BATCH = 200


def clean() -> None:
    """Forget old checkpoints, old log lines, and workers and devices not seen for a day."""
    _checkpoints()
    old = timezone.now() - POLICY.keep_log
    ended = Job.objects.filter(state__in=ENDED, finished_at__lt=old, lines__isnull=False)
    for job_id in ended.order_by().values_list("pk", flat=True).distinct()[:_BATCH]:
        LogLine.objects.filter(job_id=job_id).delete()
    yesterday = timezone.now() - timedelta(days=1)
    Node.objects.filter(seen_at__lt=yesterday).delete()
    Device.objects.filter(seen_at__lt=yesterday, attempt=None).delete()


def _checkpoints() -> None:
    """Delete checkpoints of succeeded jobs, and of others a week after they ended."""
    kept = Job.objects.filter(state__in=ENDED).exclude(data_key=None).select_related("data_key")
    old = timezone.now() - POLICY.keep_checkpoint
    for job in [
        *kept.filter(state=JobState.SUCCEEDED)[:_BATCH],
        *kept.filter(finished_at__lt=old)[:_BATCH],
    ]:
        try:
            checkpoints.discard(job)
        except PlatformError as error:
            _log.warning("checkpoint_not_deleted", job=str(job.pk), error=error.detail)
