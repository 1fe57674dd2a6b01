"""Routes of evaluations: measure versions, read what was found."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.recommendation import selectors
from apps.recommendation.models import Evaluation
from apps.recommendation.rest.schemas import Strict
from apps.recommendation.services import evaluations
from apps.recommendation.services.evaluations import EvaluationSpec
from platform_core.web.api import ApiView, body_of, page


class NewEvaluation(Strict):
    """What to measure; everything left out is chosen for the data."""

    versions = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        required=False,
        help_text=f"Up to {evaluations.MAX_VERSIONS}; the others are compared with the first. "
        "The version that answers by default.",
    )
    dataset = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="Id or name of interactions with the same columns; by default those it learned from.",
    )
    protocol = serializers.ChoiceField(
        evaluations.PROTOCOLS,
        required=False,
        help_text="unseen asks the registered versions about rows none of them learned from; the others "
        "keep a part back and train the versions' settings again on the rest.",
    )
    fraction = serializers.FloatField(required=False, help_text="Kept back by fraction and time.")
    ks = serializers.ListField(child=serializers.IntegerField(), required=False)
    seed = serializers.IntegerField(required=False)
    most_users = serializers.IntegerField(required=False)


class EvaluationSummary(serializers.Serializer[dict[str, Any]]):
    """An evaluation in a list."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    versions = serializers.ListField(child=serializers.IntegerField())
    protocol = serializers.DictField()
    dataset_version = serializers.UUIDField()
    state = serializers.CharField()
    job = serializers.UUIDField()


class EvaluationDetail(EvaluationSummary):
    """An evaluation with what was found."""

    result = serializers.DictField(
        allow_null=True,
        help_text="Per version `figures` ([mean, low, high]), `beyond`, `bands`, `segments`; `differences`.",
    )


class Collection(ApiView):
    """Evaluations of one recommender."""

    required_permission = {"GET": "model.view", "POST": "model.train"}

    @extend_schema(operation_id="evaluations_list", responses=EvaluationSummary(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List evaluations, newest first."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        found = selectors.evaluations(actor=self.actor, recommender=recommender)
        return page(self, request, found.defer("result"), _summary)

    @extend_schema(
        operation_id="evaluations_create",
        request=NewEvaluation,
        responses={202: EvaluationSummary},
    )
    def post(self, request: Request, name: str) -> Response:
        """Queue an evaluation."""
        spec = (
            EvaluationSpec(**body_of(request, NewEvaluation)) if request.data else EvaluationSpec()
        )
        made = evaluations.request_evaluation(actor=self.actor, name=name, spec=spec)
        return Response(_summary(made), status=status.HTTP_202_ACCEPTED)


class Detail(ApiView):
    """One evaluation."""

    required_permission = {"GET": "model.view"}

    @extend_schema(operation_id="evaluations_retrieve", responses=EvaluationDetail)
    def get(self, request: Request, name: str, evaluation_id: str) -> Response:
        """Return what was found; `result` is null until its job has ended."""
        found = selectors.get_evaluation(actor=self.actor, name=name, evaluation_id=evaluation_id)
        return Response({**_summary(found), "result": found.result})


def _summary(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "id": str(evaluation.pk),
        "created_at": evaluation.created_at,
        "versions": evaluation.versions,
        "protocol": evaluation.protocol,
        "dataset_version": str(evaluation.dataset_version_id),
        "state": evaluation.job_state or "unknown",
        "job": str(evaluation.job_id),
    }
