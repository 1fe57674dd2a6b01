"""Routes that create, list, show, retrain and delete detectors."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.fraud import selectors
from apps.fraud.models import Detector
from apps.fraud.rest import render, schemas
from apps.fraud.services import lifecycle
from platform_core.web.api import ApiView, body_of, page

_TOP_LEVEL = ("model", "budget_s", "seed")


class Collection(ApiView):
    """The organisation's detectors."""

    required_permission = {"GET": "model.view", "POST": "model.train"}

    @extend_schema(operation_id="detectors_list", responses=schemas.DetectorSummary(many=True))
    def get(self, request: Request) -> Response:
        """List detectors, newest first."""
        return page(self, request, selectors.detectors(actor=self.actor), render.summary)

    @extend_schema(
        operation_id="detectors_create",
        request=schemas.NewDetector,
        responses={202: schemas.DetectorAccepted},
    )
    def post(self, request: Request) -> Response:
        """Create a detector and queue its training."""
        spec = _spec(body_of(request, schemas.NewDetector))
        return _accepted(lifecycle.create_detector(actor=self.actor, spec=spec))


class Detail(ApiView):
    """One detector."""

    required_permission = {"GET": "model.view", "DELETE": "model.delete"}

    @extend_schema(operation_id="detectors_retrieve", responses=schemas.DetectorDetail)
    def get(self, request: Request, name: str) -> Response:
        """Show state, versions, metrics and the latest training."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        job = selectors.latest_job(actor=self.actor, detector=detector)
        versions = selectors.versions(actor=self.actor, detector=detector)
        return Response(render.detail(detector, job, list(versions[:100])))

    @extend_schema(operation_id="detectors_destroy", responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Delete the detector, its decisions and its endpoint; its versions stay registered."""
        lifecycle.delete_detector(actor=self.actor, name=name)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Retrain(ApiView):
    """A further training of one detector."""

    required_permission = {"POST": "model.train"}

    @extend_schema(
        operation_id="detectors_retrain",
        request=schemas.DetectorChanges,
        responses={202: schemas.DetectorAccepted},
    )
    def post(self, request: Request, name: str) -> Response:
        """Train on the newest data; the serving version answers until the new one is ready."""
        changes = _params(body_of(request, schemas.DetectorChanges)) if request.data else {}
        return _accepted(lifecycle.retrain(actor=self.actor, name=name, changes=changes))


def _accepted(detector: Detector) -> Response:
    body = {"name": detector.name, "job": str(detector.job_id)}
    return Response(body, status=status.HTTP_202_ACCEPTED)


def _params(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return `params` with the options that are also offered beside it."""
    return {**body.get("params", {}), **{name: body[name] for name in _TOP_LEVEL if name in body}}


def _spec(body: Mapping[str, Any]) -> lifecycle.DetectorSpec:
    delay = body.get("label_delay_days")
    return lifecycle.DetectorSpec(
        name=body["name"],
        dataset=body["dataset"],
        columns={
            role: body.get(f"{role}_column") or "" for role in ("label", "time", "amount", "id")
        },
        entities=tuple(body["entity_columns"]),
        label_delay_days=lifecycle.DEFAULT_DELAY_DAYS if delay is None else delay,
        params=_params(body),
    )
