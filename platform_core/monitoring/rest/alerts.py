"""`/api/v1/alerts/`: rules, their history, silences."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.monitoring import selectors
from platform_core.monitoring.alerts import rules
from platform_core.monitoring.models import AlertEvent, AlertRule
from platform_core.monitoring.params import MAX_EMAILS, METRICS, RuleSpec
from platform_core.serving import api as serving
from platform_core.web.api import ApiView, body_of, page


class AlertSpec(serializers.Serializer[Any]):
    """What to watch and whom to tell."""

    name = serializers.CharField(max_length=120)
    metric = serializers.CharField(max_length=20, help_text=f"One of {', '.join(METRICS)}.")
    threshold = serializers.FloatField()
    window_s = serializers.IntegerField(default=300)
    looks = serializers.IntegerField(default=2, help_text="In a row, before it fires or is over.")
    margin = serializers.FloatField(
        default=0.1, help_text="Part of the threshold it must be within."
    )
    emails = serializers.ListField(
        child=serializers.CharField(max_length=254), default=list, max_length=MAX_EMAILS
    )
    webhook_url = serializers.CharField(max_length=500, default="", allow_blank=True)
    webhook_secret = serializers.CharField(max_length=200, default="", allow_blank=True)


class NewAlert(AlertSpec):
    """A rule to make."""

    endpoint = serializers.CharField(max_length=63)


class Silence(serializers.Serializer[Any]):
    """Tell nobody for a while."""

    until = serializers.DateTimeField()
    reason = serializers.CharField(max_length=500)


class AlertList(ApiView):
    """The organisation's alert rules."""

    required_permission = {"GET": "endpoint.view", "POST": "endpoint.manage"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """List rules, newest first."""
        return page(self, request, selectors.rules(actor=self.actor), rule_json)

    @extend_schema(request=NewAlert, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Make a rule; the secret that signs its webhook is shown this once."""
        wanted = body_of(request, NewAlert)
        endpoint = serving.get_endpoint(actor=self.actor, name=wanted.pop("endpoint"))
        rule = rules.create_rule(actor=self.actor, endpoint=endpoint, spec=_spec(wanted))
        secret = {"webhook_secret": rule.webhook_secret} if rule.webhook_url else {}
        return Response(rule_json(rule) | secret, status=201)


class _OneRule(ApiView):
    def rule(self, rule_id: UUID) -> AlertRule:
        return selectors.get_rule(actor=self.actor, rule_id=rule_id)


class AlertDetail(_OneRule):
    """One rule."""

    required_permission = {
        "GET": "endpoint.view",
        "PUT": "endpoint.manage",
        "DELETE": "endpoint.manage",
    }

    @extend_schema(responses={200: dict})
    def get(self, request: Request, alert_id: UUID) -> Response:
        """Show a rule and how it stands."""
        return Response(rule_json(self.rule(alert_id)))

    @extend_schema(request=AlertSpec, responses={200: dict})
    def put(self, request: Request, alert_id: UUID) -> Response:
        """Change a rule; it starts anew."""
        wanted = body_of(request, AlertSpec)
        changed = rules.change_rule(actor=self.actor, rule=self.rule(alert_id), spec=_spec(wanted))
        return Response(rule_json(changed))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, alert_id: UUID) -> Response:
        """Remove a rule."""
        rules.delete_rule(actor=self.actor, rule=self.rule(alert_id))
        return Response(status=204)


class AlertSilence(_OneRule):
    """The silence of a rule."""

    required_permission = {"PUT": "endpoint.manage", "DELETE": "endpoint.manage"}

    @extend_schema(request=Silence, responses={200: dict})
    def put(self, request: Request, alert_id: UUID) -> Response:
        """Tell nobody until then."""
        wanted = body_of(request, Silence)
        return Response(
            rule_json(rules.silence(actor=self.actor, rule=self.rule(alert_id), **wanted))
        )

    @extend_schema(responses={200: dict})
    def delete(self, request: Request, alert_id: UUID) -> Response:
        """Let it speak again; what fires is told at once."""
        return Response(rule_json(rules.end_silence(actor=self.actor, rule=self.rule(alert_id))))


class AlertHistory(_OneRule):
    """What happened to a rule."""

    required_permission = {"GET": "endpoint.view"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, alert_id: UUID) -> Response:
        """List events with their messages, newest first."""
        rows = selectors.events(actor=self.actor, rule=self.rule(alert_id))
        return page(self, request, rows.prefetch_related("deliveries"), event_json)


def _spec(wanted: dict[str, Any]) -> RuleSpec:
    return RuleSpec(**{**wanted, "emails": tuple(wanted["emails"])})


def rule_json(rule: AlertRule) -> dict[str, Any]:
    """Return a rule in plain JSON, without its secret."""
    return {
        "id": str(rule.pk),
        "endpoint": rule.endpoint.name,
        "name": rule.name,
        "metric": rule.metric,
        "threshold": rule.threshold,
        "window_s": rule.window_s,
        "looks": rule.looks,
        "margin": rule.margin,
        "emails": rule.emails,
        "webhook_url": rule.webhook_url,
        "state": rule.shown_state,
        "firing": rule.state == AlertRule.State.FIRING,
        "value": rule.value,
        "since": rule.since.isoformat(),
        "silenced_until": rule.silenced_until.isoformat() if rule.is_silenced else None,  # type: ignore[union-attr]
        "silenced_reason": rule.silenced_reason if rule.is_silenced else "",
    }


def event_json(event: AlertEvent) -> dict[str, Any]:
    """Return an event in plain JSON."""
    return {
        "id": event.pk,
        "kind": event.kind,
        "value": event.value,
        "words": event.words,
        "by": event.by,
        "at": event.created_at.isoformat(),
        "messages": [
            {
                "channel": one.channel,
                "address": one.address,
                "state": one.state,
                "attempts": one.attempts,
                "problem": one.problem,
            }
            for one in event.deliveries.all()
        ],
    }
