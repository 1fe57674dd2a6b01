"""`/api/v1/jobs/`: watch, cancel, retry and order the jobs of the organisation."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.jobs import render, selectors, services
from platform_core.jobs.states import JobState
from platform_core.web.api import ApiView, body_of, page, query_of

_MAX_LINES = 1000


class JobFilter(serializers.Serializer[Any]):
    """Which jobs to list."""

    state = serializers.ChoiceField(choices=JobState.choices, required=False)
    kind = serializers.CharField(max_length=100, required=False)


class LogCursor(serializers.Serializer[Any]):
    """From where to read the log."""

    after = serializers.IntegerField(min_value=0, max_value=2**63 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=_MAX_LINES, default=_MAX_LINES)


class NewPriority(serializers.Serializer[Any]):
    """The priority wanted; higher runs first."""

    priority = serializers.IntegerField(min_value=-100, max_value=100)


class JobList(ApiView):
    """The organisation's jobs."""

    required_permission = {"GET": "job.view"}

    @extend_schema(parameters=[JobFilter], responses={200: dict})
    def get(self, request: Request) -> Response:
        """List jobs, newest first, by state and kind."""
        rows = selectors.jobs(actor=self.actor).filter(**query_of(request, JobFilter))
        return page(self, request, rows, render.job_summary)


class JobDetail(ApiView):
    """One job."""

    required_permission = {"GET": "job.view"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, job_id: str) -> Response:
        """Show state, progress, metrics, error, result and attempts."""
        job = selectors.get_job(actor=self.actor, job_id=job_id)
        return Response(render.job_detail(job))


class JobCancellation(ApiView):
    """`POST …/cancel/`."""

    required_permission = {"POST": "job.submit"}

    @extend_schema(request=None, responses={200: dict})
    def post(self, request: Request, job_id: str) -> Response:
        """Cancel at once while queued, else ask the running attempt to stop."""
        job = services.cancel_job(actor=self.actor, job_id=job_id)
        return Response(render.job_detail(job))


class JobRetry(ApiView):
    """`POST …/retry/`."""

    required_permission = {"POST": "job.submit"}

    @extend_schema(request=None, responses={200: dict})
    def post(self, request: Request, job_id: str) -> Response:
        """Queue a failed or cancelled job again, from its checkpoint."""
        job = services.retry_job(actor=self.actor, job_id=job_id)
        return Response(render.job_detail(job))


class JobPriority(ApiView):
    """`POST …/priority/`."""

    required_permission = {"POST": "job.manage"}

    @extend_schema(request=NewPriority, responses={200: dict})
    def post(self, request: Request, job_id: str) -> Response:
        """Set the priority of a job that has not ended."""
        wanted = body_of(request, NewPriority)["priority"]
        job = services.set_priority(actor=self.actor, job_id=job_id, priority=wanted)
        return Response(render.job_detail(job))


class JobLog(ApiView):
    """`GET …/log/?after=`."""

    required_permission = {"GET": "job.view"}

    @extend_schema(parameters=[LogCursor], responses={200: dict})
    def get(self, request: Request, job_id: str) -> Response:
        """Return log lines after a cursor, oldest first; ask again with `next`."""
        job = selectors.get_job(actor=self.actor, job_id=job_id)
        cursor = query_of(request, LogCursor)
        lines = selectors.job_log(job, cursor["after"], cursor["limit"])
        return Response(render.log_page(lines, cursor["after"]))


class JobMetrics(ApiView):
    """`GET …/metrics/`."""

    required_permission = {"GET": "job.view"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, job_id: str) -> Response:
        """Return the curves of the job: name -> steps and values."""
        job = selectors.get_job(actor=self.actor, job_id=job_id)
        return Response(render.curves(selectors.job_metrics(job)))
