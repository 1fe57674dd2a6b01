"""`/api/v1/endpoints/<name>/`: traffic, canary, roll-back, history and the comparison with the shadow."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.serving import canaries, comparing, rollback, selectors, traffic
from platform_core.serving.canaries import Rules
from platform_core.serving.models import Canary, Endpoint, TrafficChange
from platform_core.serving.traffic import Plan
from platform_core.web.api import ApiView, body_of, page


class TrafficPlan(serializers.Serializer[Any]):
    """Where an endpoint sends requests."""

    alias = serializers.CharField(max_length=63, help_text="Takes what the weights leave.")
    weights = serializers.DictField(
        child=serializers.FloatField(), default=dict, help_text="Further alias -> percent."
    )
    shadow_alias = serializers.CharField(max_length=63, default="", allow_blank=True)
    shadow_fraction = serializers.FloatField(default=1.0)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class NewCanary(serializers.Serializer[Any]):
    """A candidate to be tried; see the endpoint's documentation for the rules."""

    alias = serializers.CharField(max_length=63)
    steps = serializers.ListField(child=serializers.FloatField(), default=list(canaries.STEPS))
    min_requests = serializers.IntegerField(default=Rules.min_requests)
    step_s = serializers.FloatField(default=Rules.step_s)
    false_rollback = serializers.FloatField(default=Rules.false_rollback)
    max_error_increase = serializers.FloatField(default=Rules.max_error_increase)
    max_latency_ratio = serializers.FloatField(default=Rules.max_latency_ratio)
    max_quality_drop = serializers.FloatField(default=None, allow_null=True)
    promote = serializers.BooleanField(default=True)


class Reason(serializers.Serializer[Any]):
    """Why something is taken back."""

    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class _OneEndpoint(ApiView):
    def _endpoint(self, name: str) -> Endpoint:
        return selectors.get_endpoint(actor=self.actor, name=name)


class EndpointTraffic(_OneEndpoint):
    """Where an endpoint sends requests."""

    required_permission = {"GET": "endpoint.view", "PUT": "endpoint.manage"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """Show the traffic, and what was counted since it was changed last."""
        return Response(_traffic(self._endpoint(name)))

    @extend_schema(request=TrafficPlan, responses={200: dict})
    def put(self, request: Request, name: str) -> Response:
        """Send requests elsewhere; runtimes follow within 0.3 s. A running canary is stopped."""
        wanted = dict(body_of(request, TrafficPlan))
        reason = wanted.pop("reason")
        moved = traffic.set_traffic(
            actor=self.actor, endpoint=self._endpoint(name), plan=Plan(**wanted), reason=reason
        )
        return Response(_traffic(moved))


class EndpointRollback(_OneEndpoint):
    """One step back."""

    required_permission = {"POST": "endpoint.manage"}

    @extend_schema(request=Reason, responses={200: dict})
    def post(self, request: Request, name: str) -> Response:
        """Take back the canary, the latest move of the traffic or the latest promotion: the newest."""
        wanted = body_of(request, Reason)
        endpoint = self._endpoint(name)
        way = rollback.roll_back(actor=self.actor, endpoint=endpoint, reason=wanted["reason"])
        answer = {"rolled_back": way.kind, "version": way.version}
        return Response(answer | _traffic(self._endpoint(name)))


class EndpointHistory(_OneEndpoint):
    """Every move of an endpoint's traffic."""

    required_permission = {"GET": "endpoint.view"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """List moves, newest first."""
        rows = selectors.traffic_history(actor=self.actor, endpoint=self._endpoint(name))
        return page(self, request, rows, _change)


class EndpointCanary(_OneEndpoint):
    """The newest canary of an endpoint."""

    required_permission = {
        "GET": "endpoint.view",
        "POST": "endpoint.manage",
        "DELETE": "endpoint.manage",
    }

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """Show the canary that runs, or the one that ran last."""
        canary = selectors.latest_canary(actor=self.actor, endpoint=self._endpoint(name))
        return Response({"canary": None if canary is None else _canary(canary)})

    @extend_schema(request=NewCanary, responses={201: dict})
    def post(self, request: Request, name: str) -> Response:
        """Start a canary; it goes on or back by itself."""
        wanted = dict(body_of(request, NewCanary))
        canary = canaries.start_canary(
            actor=self.actor,
            endpoint=self._endpoint(name),
            alias=wanted.pop("alias"),
            steps=wanted.pop("steps"),
            rules=Rules(**wanted),
        )
        return Response({"canary": _canary(canary)}, status=201)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Stop the canary; its requests go back to where they came from."""
        canaries.stop_canary(actor=self.actor, endpoint=self._endpoint(name))
        return Response(status=204)


class EndpointShadow(_OneEndpoint):
    """The comparison of answers with those of the shadow alias."""

    required_permission = {"GET": "endpoint.view"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """Show agreement, difference of the outputs and latency, by pair of versions."""
        reports = comparing.reports(actor=self.actor, endpoint=self._endpoint(name))
        return Response({"comparisons": [report.as_json() for report in reports]})


def _traffic(endpoint: Endpoint) -> dict[str, Any]:
    plan = Plan.of(endpoint)
    return plan.as_json() | {
        "shares": plan.shares,
        "epoch": endpoint.epoch,
        "counts": [count.as_json() for count in comparing.counts(endpoint)],
    }


def _change(change: TrafficChange) -> dict[str, Any]:
    return {
        "id": change.pk,
        "kind": change.kind,
        "epoch": change.epoch,
        "before": change.before,
        "after": change.after,
        "figures": change.figures,
        "reason": change.reason,
        "by": change.changed_by_label,
        "at": change.created_at.isoformat(),
    }


def _canary(canary: Canary) -> dict[str, Any]:
    return {
        "state": canary.state,
        "alias": canary.alias,
        "version": canary.version,
        "baseline_version": canary.baseline_version,
        "steps": canary.steps,
        "step": canary.step,
        "rules": canary.rules,
        "looks": canary.looks,
        "figures": canary.figures,
        "reason": canary.reason,
        "started_by": canary.started_by_label,
        "started_at": canary.created_at.isoformat(),
        "ended_at": canary.ended_at.isoformat() if canary.ended_at else None,
    }
