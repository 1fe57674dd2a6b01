"""REST routes of the training part."""

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.training import answers, selectors, services
from platform_core.training.models import RowPrediction, Training
from platform_core.training.params import Source, TrainingSpec
from platform_core.training.services import asking
from platform_core.web.api import ApiView, body_of, page, query_of


class TrainingList(ApiView):
    """`/api/v1/trainings/`."""

    required_permission = {"GET": "model.view", "POST": "model.train"}

    @extend_schema(parameters=[answers.TrainingFilter], responses={200: answers.TrainingPage})
    def get(self, request: Request) -> Response:
        """List the organisation's trainings, newest first; `?name=` those of one model."""
        wanted = query_of(request, answers.TrainingFilter)
        rows = selectors.trainings(actor=self.actor).filter(**wanted)
        return page(self, request, rows, rendered)

    @extend_schema(request=answers.TrainingRequest, responses={202: answers.TrainingAnswer})
    def post(self, request: Request) -> Response:
        """Queue a training; the version is registered, and served, when its job has ended."""
        spec = TrainingSpec.of(body_of(request, answers.TrainingRequest))
        return Response(
            rendered(services.request_training(actor=self.actor, spec=spec)), status=202
        )


class TrainingDetail(ApiView):
    """`/api/v1/trainings/{id}/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.TrainingAnswer})
    def get(self, request: Request, training_id: UUID) -> Response:
        """Show a training, how far it is and what came of it."""
        return Response(rendered(selectors.get_training(actor=self.actor, training_id=training_id)))


class RowPredictionList(ApiView):
    """`…/predictions/`."""

    required_permission = {"POST": "prediction.call"}

    @extend_schema(
        request=answers.RowPredictionRequest, responses={202: answers.RowPredictionAnswer}
    )
    def post(self, request: Request, training_id: UUID) -> Response:
        """Queue the answers of the training's version to rows of a data set."""
        training = selectors.get_training(actor=self.actor, training_id=training_id)
        wanted = body_of(request, answers.RowPredictionRequest)
        measure = wanted.pop("measure")
        row = services.request_prediction(
            actor=self.actor, training=training, source=Source(**wanted), measure=measure
        )
        return Response(rendered_prediction(row), status=202)


class RowPredictionDetail(ApiView):
    """`…/predictions/{id}/`."""

    required_permission = {"GET": "prediction.call"}

    @extend_schema(responses={200: answers.RowPredictionAnswer})
    def get(self, request: Request, training_id: UUID, prediction_id: UUID) -> Response:
        """Show how far the answers are, and their shape."""
        return Response(rendered_prediction(_prediction(self, training_id, prediction_id)))


class RowPredictionValues(ApiView):
    """`…/predictions/{id}/values/`."""

    required_permission = {"GET": "prediction.call"}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(
        self, request: Request, training_id: UUID, prediction_id: UUID
    ) -> StreamingHttpResponse:
        """Return the answers: float32, little-endian, in the order of the rows; see `shape`."""
        row = _prediction(self, training_id, prediction_id)
        pieces = asking.values_of(actor=self.actor, row=row)
        return StreamingHttpResponse(pieces, content_type="application/octet-stream")


def _prediction(view: ApiView, training_id: UUID, prediction_id: UUID) -> RowPrediction:
    training = selectors.get_training(actor=view.actor, training_id=training_id)
    return selectors.get_prediction(
        actor=view.actor, training=training, prediction_id=prediction_id
    )


def rendered(row: Training) -> dict[str, Any]:
    """Return a training as REST shows it."""
    asked, job = row.asked, selectors.job_of(row)
    names = ("columns", "inputs", "target", "compile", "fit")
    return {
        "id": str(row.pk),
        "name": row.name,
        "job": str(row.job_id) if row.job_id else None,
        "state": job.state if job else "",
        "progress": job.progress if job else 1.0,
        "message": job.message if job else "",
        "error": job.error if job else None,
        "notes": row.notes,
        "dataset": asked["dataset"]["words"],
        "validation": asked["validation"]["words"] if asked["validation"] else None,
        **{name: asked[name] for name in names},
        "fingerprint": row.fingerprint,
        "version": row.version,
        "endpoint": row.name if row.version and asked["deploy"] else None,
        "history": row.history,
        "metrics": row.figures,
        "created_at": row.created_at.isoformat(),
    }


def rendered_prediction(row: RowPrediction) -> dict[str, Any]:
    """Return answers as REST shows them, without the values."""
    job = selectors.job_of(row)
    return {
        "id": str(row.pk),
        "training": str(row.training_id),
        "version": row.training.version,
        "rows": row.asked["source"]["words"],
        "job": str(row.job_id) if row.job_id else None,
        "state": job.state if job else "",
        "progress": job.progress if job else 1.0,
        "error": job.error if job else None,
        "shape": row.shape,
        "metrics": row.figures,
        "created_at": row.created_at.isoformat(),
    }
