"""Reads of the monitoring part."""

from uuid import UUID

from django.db.models import QuerySet

from platform_core.accounts.api import Actor
from platform_core.monitoring.errors import AlertRuleNotFoundError
from platform_core.monitoring.models import (
    AlertEvent,
    AlertRule,
    DriftReference,
    DriftReport,
    QualityPoint,
    TrafficPoint,
)
from platform_core.serving import api as serving


def rules(*, actor: Actor) -> QuerySet[AlertRule]:
    """Return the organisation's alert rules, newest first."""
    actor.require("endpoint.view")
    return AlertRule.objects.owned_by(actor.organisation).select_related("endpoint")


def get_rule(*, actor: Actor, rule_id: UUID) -> AlertRule:
    """Return one rule.

    Raises:
        AlertRuleNotFoundError: absent, or another organisation's.
    """
    found = rules(actor=actor).filter(pk=rule_id).first()
    if found is None:
        raise AlertRuleNotFoundError("Your organisation has no such alert.")
    return found


def events(*, actor: Actor, rule: AlertRule | None = None) -> QuerySet[AlertEvent]:
    """Return what happened to the organisation's rules, newest first."""
    actor.require("endpoint.view")
    rows = AlertEvent.objects.owned_by(actor.organisation).select_related("rule__endpoint")
    return rows if rule is None else rows.filter(rule=rule)


def drift_reports(*, actor: Actor, endpoint: serving.Endpoint) -> QuerySet[DriftReport]:
    """Return the comparisons of an endpoint's rows with their references, newest first."""
    actor.require("endpoint.view")
    return DriftReport.objects.owned_by(actor.organisation).filter(endpoint=endpoint)


def drift_references(*, actor: Actor, endpoint: serving.Endpoint) -> QuerySet[DriftReference]:
    """Return what an endpoint's versions are compared with."""
    actor.require("endpoint.view")
    return DriftReference.objects.owned_by(actor.organisation).filter(endpoint=endpoint)


def quality_points(*, actor: Actor, endpoint: serving.Endpoint) -> QuerySet[QualityPoint]:
    """Return how good an endpoint's answers were, by hour and version, oldest first."""
    actor.require("endpoint.view")
    own = QualityPoint.objects.filter(endpoint__organisation=actor.organisation)
    return own.filter(endpoint=endpoint)


def traffic_points(*, actor: Actor, endpoint: serving.Endpoint) -> QuerySet[TrafficPoint]:
    """Return what a watched endpoint answered, by time, oldest first."""
    actor.require("endpoint.view")
    own = TrafficPoint.objects.filter(endpoint__organisation=actor.organisation)
    return own.filter(endpoint=endpoint).order_by("at")
