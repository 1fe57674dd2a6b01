"""`/api/v1/endpoints/<name>/`: request log, labels, drift, quality."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.monitoring import selectors, services
from platform_core.monitoring.models import DriftReport, QualityPoint
from platform_core.monitoring.params import MAX_LABELS
from platform_core.serving import api as serving
from platform_core.web.api import ApiView, body_of, page

_POINTS = 24 * 90
"""Hours of quality in one answer."""


class Logging(serializers.Serializer[Any]):
    """What of an endpoint is logged."""

    rate = serializers.FloatField(help_text="Part of the requests, 0 to 1.")
    max_rows = serializers.IntegerField(default=0, help_text="A day; 0 is 100,000.")
    days = serializers.IntegerField(default=0, help_text="Kept; 0 is 30.")


class LogDatasetRequest(serializers.Serializer[Any]):
    """A data set to make of the request log."""

    name = serializers.CharField(max_length=120)
    since = serializers.DateTimeField(default=None, allow_null=True)
    until = serializers.DateTimeField(default=None, allow_null=True)


class LateLabels(serializers.Serializer[Any]):
    """What turned out to be true of answers."""

    labels = serializers.ListField(
        child=serializers.DictField(),
        max_length=MAX_LABELS,
        help_text="`{id, label, row}`: the id of the answer, the truth, and which row of it.",
    )


class EndpointWatch(ApiView):
    """An endpoint found by name in the caller's organisation."""

    def endpoint(self, name: str) -> serving.Endpoint:
        """Return the row."""
        return serving.get_endpoint(actor=self.actor, name=name)


class EndpointLog(EndpointWatch):
    """The request log of an endpoint."""

    required_permission = {
        "GET": "endpoint.view",
        "PUT": "endpoint.manage",
        "DELETE": "endpoint.manage",
    }

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """Show what is logged, and how much of each day is kept."""
        return Response(self._shown(self.endpoint(name)))

    @extend_schema(request=Logging, responses={200: dict})
    def put(self, request: Request, name: str) -> Response:
        """Say what is logged; runtimes follow within 0.3 s."""
        wanted = body_of(request, Logging)
        changed = services.set_logging(actor=self.actor, endpoint=self.endpoint(name), **wanted)
        return Response(self._shown(changed))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Destroy everything logged, by its keys."""
        services.forget_log(actor=self.actor, endpoint=self.endpoint(name))
        return Response(status=204)

    def _shown(self, endpoint: serving.Endpoint) -> dict[str, Any]:
        days = serving.request_log.days(actor=self.actor, endpoint=endpoint)[:400]
        return {
            "rate": endpoint.options.get("log_rate", 0),
            "max_rows": endpoint.options.get("log_max_rows", 0) or serving.request_log.DEFAULT_ROWS,
            "days": endpoint.options.get("log_days", 0) or serving.request_log.DEFAULT_DAYS,
            "kept": [
                {
                    "day": day.day.isoformat(),
                    "rows": day.rows,
                    "labels": day.labels,
                    "dropped": day.dropped,
                    "expires_on": day.expires_on.isoformat(),
                }
                for day in days
            ],
        }


class EndpointLogDataset(EndpointWatch):
    """The request log as a data set."""

    required_permission = {"POST": "endpoint.manage"}

    @extend_schema(request=LogDatasetRequest, responses={202: dict})
    def post(self, request: Request, name: str) -> Response:
        """Queue the making of a data set: inputs, outputs, labels, version and time of each prediction."""
        wanted = body_of(request, LogDatasetRequest)
        job = services.request_dataset(actor=self.actor, endpoint=self.endpoint(name), **wanted)
        return Response({"job": str(job.pk)}, status=202)


class EndpointLabels(EndpointWatch):
    """Labels that come late."""

    required_permission = {"POST": "event.write"}

    @extend_schema(request=LateLabels, responses={202: dict})
    def post(self, request: Request, name: str) -> Response:
        """Take labels by the ids of answers; quality follows at the next measuring."""
        labels = body_of(request, LateLabels)["labels"]
        taken = services.add_labels(actor=self.actor, endpoint=self.endpoint(name), labels=labels)
        return Response({"taken": taken}, status=202)


class EndpointDrift(EndpointWatch):
    """Drift of an endpoint's rows."""

    required_permission = {"GET": "endpoint.view", "POST": "endpoint.manage"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """List comparisons with the reference, newest first."""
        rows = selectors.drift_reports(actor=self.actor, endpoint=self.endpoint(name))
        return page(self, request, rows, report_json)

    @extend_schema(request=None, responses={202: dict})
    def post(self, request: Request, name: str) -> Response:
        """Have drift and quality measured now."""
        job = services.request_measuring(actor=self.actor, endpoint=self.endpoint(name))
        return Response({"job": str(job.pk)}, status=202)


class EndpointQuality(EndpointWatch):
    """Quality by late labels."""

    required_permission = {"GET": "endpoint.view"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """Show the metric by hour and version, oldest first; the latest 90 days of hours."""
        rows = selectors.quality_points(actor=self.actor, endpoint=self.endpoint(name))
        latest = list(rows.order_by("-start", "-version")[:_POINTS])
        return Response({"points": [point_json(point) for point in reversed(latest)]})


def report_json(report: DriftReport) -> dict[str, Any]:
    """Return a comparison in plain JSON."""
    return {
        "id": str(report.pk),
        "version": report.version,
        "reference": report.source,
        "reference_rows": report.reference_rows,
        "rows": report.rows,
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "psi": report.psi,
        "missing": report.missing,
        "out_of_range": report.out_of_range,
        "drifted": report.drifted,
        "columns": report.columns,
    }


def point_json(point: QualityPoint) -> dict[str, Any]:
    """Return an hour's quality in plain JSON."""
    return {
        "version": point.version,
        "start": point.start.isoformat(),
        "metric": point.metric,
        "value": point.value,
        "labels": point.labels,
        "mean_score": point.mean,
    }
