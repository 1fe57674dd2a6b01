"""`/api/v1/endpoints/`: what programs call, and a convenient way to call it."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.serving import overview, prediction_json, selectors, services
from platform_core.serving.models import Endpoint
from platform_core.serving.overview import EndpointView
from platform_core.web.api import ApiView, body_of, page


class NewEndpoint(serializers.Serializer[Any]):
    """An endpoint to create."""

    name = serializers.CharField(max_length=63)
    model = serializers.CharField(max_length=63, help_text="Name of a registered model.")
    alias = serializers.CharField(max_length=63, default="champion")


class PredictionRequest(serializers.Serializer[Any]):
    """Inputs as nested lists; datatypes come from the model's signature."""

    inputs = serializers.DictField(
        child=serializers.ListField(), allow_empty=False, help_text="Tensor name -> nested list."
    )
    parameters = serializers.DictField(required=False)


class PredictionAnswer(serializers.Serializer[Any]):
    """The outputs as nested lists; `null` stands for not-a-number."""

    endpoint = serializers.CharField()
    model_version = serializers.CharField()
    outputs = serializers.DictField(child=serializers.ListField())


class EndpointList(ApiView):
    """The organisation's endpoints."""

    required_permission = {"GET": "endpoint.view", "POST": "endpoint.manage"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """List endpoints, newest first."""
        return page(self, request, selectors.endpoints(actor=self.actor), render)

    @extend_schema(request=NewEndpoint, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Create an endpoint; it answers as soon as the runtime has loaded the version."""
        wanted = body_of(request, NewEndpoint)
        endpoint = services.create_endpoint(
            actor=self.actor,
            name=wanted["name"],
            model_name=wanted["model"],
            alias=wanted["alias"],
        )
        return Response(render(endpoint), status=201)


class EndpointDetail(ApiView):
    """One endpoint."""

    required_permission = {"GET": "endpoint.view", "DELETE": "endpoint.manage"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """Show an endpoint, its state in the runtime and the signature of its version."""
        endpoint = selectors.get_endpoint(actor=self.actor, name=name)
        (view,) = overview.look_at(actor=self.actor, endpoints=[endpoint])
        return Response(render(endpoint) | _render_state(view))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Delete an endpoint; calls are refused within half a second. The model stays."""
        endpoint = selectors.get_endpoint(actor=self.actor, name=name)
        services.delete_endpoint(actor=self.actor, endpoint=endpoint)
        return Response(status=204)


class EndpointPrediction(ApiView):
    """Predictions without the protocol: for scripts and trials."""

    required_permission = {"POST": "prediction.call"}

    @extend_schema(request=PredictionRequest, responses={200: PredictionAnswer})
    def post(self, request: Request, name: str) -> Response:
        """Predict. For speed call the runtime's own address: see the endpoint's page."""
        wanted = body_of(request, PredictionRequest)
        return Response(prediction_json.predict(actor=self.actor, endpoint=name, request=wanted))


def render(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint as the interface shows it."""
    return {
        "id": str(endpoint.pk),
        "name": endpoint.name,
        "model": endpoint.model_name,
        "alias": endpoint.alias,
        "created_at": endpoint.created_at.isoformat(),
    }


def _render_state(view: EndpointView) -> dict[str, Any]:
    held = view.held
    return {
        "state": view.state,
        "problem": view.problem or None,
        "version": view.version or None,
        "signature": {side: view.manifest.get(side, []) for side in ("inputs", "outputs")},
        "runtime": None
        if held is None
        else {
            "size_bytes": held.size_bytes,
            "requests": held.hits,
            "failures": held.failures,
            "p50_ms": held.p50_ms,
            "p95_ms": held.p95_ms,
            "load_s": held.load_s,
            "warm_up_s": held.warm_up_s,
            "last_used_at": _moment(held.last_used_at),
        },
    }


def _moment(seconds: float) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else None
