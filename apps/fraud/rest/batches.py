"""Routes that score whole data sets."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.fraud import selectors
from apps.fraud.models import BatchScoring
from apps.fraud.rest.schemas import Strict
from apps.fraud.services import batches
from platform_core.web.api import ApiView, body_of, page


class NewScoring(Strict):
    """A data set to score."""

    dataset = serializers.CharField(help_text="Id or name; columns as in the history.")
    target = serializers.CharField(
        required=False, max_length=120, help_text="Name of the data set of scores."
    )
    with_history = serializers.BooleanField(
        default=True, help_text="The rows follow the history; false: they know only each other."
    )


class ScoringAccepted(serializers.Serializer[dict[str, Any]]):
    """A scoring is queued."""

    name = serializers.CharField()
    id = serializers.UUIDField()
    job = serializers.UUIDField(help_text="See /api/v1/jobs/{job}/.")


class ScoringAnswer(serializers.Serializer[dict[str, Any]]):
    """A scoring of a data set."""

    id = serializers.UUIDField()
    dataset = serializers.UUIDField()
    target = serializers.UUIDField(allow_null=True, help_text="Data set of the scores.")
    target_name = serializers.CharField()
    rows = serializers.IntegerField()
    job = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(help_text="Of the job.")
    scores = serializers.CharField(help_text="Address of the scores as CSV.")
    created_at = serializers.DateTimeField()


class Collection(ApiView):
    """Scorings of data sets by one detector."""

    required_permission = {"GET": "model.view", "POST": "dataset.upload"}

    @extend_schema(operation_id="fraud_batches_list", responses=ScoringAnswer(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List scorings, newest first."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        found = selectors.batches(actor=self.actor, detector=detector)
        return page(self, request, found, lambda each: _render(name, each))

    @extend_schema(
        operation_id="fraud_batches_create", request=NewScoring, responses={202: ScoringAccepted}
    )
    def post(self, request: Request, name: str) -> Response:
        """Queue the scoring of a data set."""
        body = body_of(request, NewScoring)
        made = batches.request_scoring(actor=self.actor, name=name, **body)
        told = {"name": name, "id": str(made.pk), "job": str(made.job_id)}
        return Response(told, status=status.HTTP_202_ACCEPTED)


class Detail(ApiView):
    """One scoring of a data set."""

    required_permission = {"GET": "model.view"}

    @extend_schema(operation_id="fraud_batches_retrieve", responses=ScoringAnswer)
    def get(self, request: Request, name: str, batch_id: str) -> Response:
        """Show its state and where the scores are."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        found = selectors.get_batch(actor=self.actor, detector=detector, batch_id=batch_id)
        return Response(_render(name, found))


class Download(ApiView):
    """The scores of one data set."""

    required_permission = {"GET": "decision.view"}

    @extend_schema(
        operation_id="fraud_batches_download",
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)},
    )
    def get(self, request: Request, name: str, batch_id: str) -> StreamingHttpResponse:
        """Return id, time and score of each row as CSV."""
        pieces = batches.read_scores(actor=self.actor, name=name, batch_id=batch_id)
        answer = StreamingHttpResponse(pieces, content_type="text/csv")
        answer["Content-Disposition"] = 'attachment; filename="scores.csv"'
        return answer


def _render(name: str, scoring: BatchScoring) -> dict[str, Any]:
    base = f"/api/v1/fraud/detectors/{name}/scores/{scoring.pk}"
    return {
        "id": str(scoring.pk),
        "dataset": str(scoring.dataset_id),
        "target": str(scoring.target_id) if scoring.target_id else None,
        "target_name": scoring.target_name,
        "rows": scoring.rows,
        "job": str(scoring.job_id) if scoring.job_id else None,
        "state": getattr(scoring, "job_state", None) or "",
        "scores": f"{base}/download",
        "created_at": scoring.created_at,
    }
