"""Rules are made, changed, silenced and removed."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.monitoring.errors import AlertInvalidError
from platform_core.monitoring.models import AlertEvent, AlertRule, Delivery
from platform_core.monitoring.params import MAX_RULES, MAX_SILENCE_S, METRICS, RuleSpec
from platform_core.serving import api as serving

Kind = AlertEvent.Kind


def create_rule(*, actor: Actor, endpoint: serving.Endpoint, spec: RuleSpec) -> AlertRule:
    """Watch a figure of an endpoint; has its requests counted where the figure needs that.

    Args:
        actor: needs `endpoint.manage`.
        endpoint: of the actor's organisation.
        spec: a webhook without a secret gets one.

    Raises:
        AlertInvalidError: the organisation has as many rules as it may.
    """
    actor.require("endpoint.manage")
    with transaction.atomic():
        if AlertRule.objects.owned_by(actor.organisation).count() >= MAX_RULES:
            raise AlertInvalidError(
                f"Your organisation has {MAX_RULES} alerts already.", remedy="Remove some first."
            )
        rule = AlertRule(organisation=actor.organisation, endpoint=endpoint)
        _write(rule, spec)
        if METRICS[spec.metric].is_counted:
            serving.set_options(actor=actor, endpoint=endpoint, options={"watch": True})
        _record(actor, "alert.create", rule)
    return rule


def change_rule(*, actor: Actor, rule: AlertRule, spec: RuleSpec) -> AlertRule:
    """Let a rule watch something else, or tell others; its state starts anew."""
    actor.require("endpoint.manage")
    with transaction.atomic():
        locked = AlertRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
        locked.state, locked.beyond, locked.within = AlertRule.State.OK, 0, 0
        locked.value, locked.since = None, timezone.now()
        _write(locked, spec)
        if METRICS[spec.metric].is_counted:
            serving.set_options(actor=actor, endpoint=locked.endpoint, options={"watch": True})
        _record(actor, "alert.change", locked)
    return locked


def delete_rule(*, actor: Actor, rule: AlertRule) -> None:
    """Remove a rule with its history; the audit log keeps that it was there."""
    actor.require("endpoint.manage")
    with transaction.atomic():
        _record(actor, "alert.delete", rule)
        rule.delete()


def silence(*, actor: Actor, rule: AlertRule, until: datetime, reason: str) -> AlertRule:
    """Tell nobody until then; the rule goes on being looked at.

    Raises:
        AlertInvalidError: no reason, or an end that is past or too far.
    """
    actor.require("endpoint.manage")
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise AlertInvalidError("A silence has a reason.", field="reason")
    now = timezone.now()
    if not now < until <= now + timedelta(seconds=MAX_SILENCE_S):
        raise AlertInvalidError(
            "A silence ends within the next 90 days.", remedy="Choose its end.", field="until"
        )
    with transaction.atomic():
        rule.silenced_until, rule.silenced_reason = until, reason
        rule.silenced_by = actor.label
        rule.save(update_fields=["silenced_until", "silenced_reason", "silenced_by"])
        _note(rule, Kind.SILENCED, f"Until {until:%Y-%m-%d %H:%M} UTC: {reason}", actor)
        _record(actor, "alert.silence", rule)
    return rule


def end_silence(*, actor: Actor, rule: AlertRule) -> AlertRule:
    """Let a rule speak again."""
    actor.require("endpoint.manage")
    if not rule.is_silenced:
        return rule
    with transaction.atomic():
        rule.silenced_until = None
        rule.save(update_fields=["silenced_until"])
        _note(rule, Kind.UNSILENCED, "The silence was ended.", actor)
        _record(actor, "alert.unsilence", rule)
        if rule.state == AlertRule.State.FIRING:  # nobody was told while it was silent
            tell(_note(rule, Kind.FIRED, "It still fires.", actor))
    return rule


def tell(event: AlertEvent) -> None:
    """Queue the messages about an event."""
    rule = event.rule
    rows = [Delivery(event=event, channel=Delivery.Channel.EMAIL, address=a) for a in rule.emails]
    if rule.webhook_url:
        rows.append(
            Delivery(event=event, channel=Delivery.Channel.WEBHOOK, address=rule.webhook_url)
        )
    Delivery.objects.bulk_create(rows)


def _note(rule: AlertRule, kind: str, words: str, actor: Actor) -> AlertEvent:
    return AlertEvent.objects.create(
        organisation=rule.organisation,
        rule=rule,
        kind=kind,
        value=rule.value,
        words=words[:500],
        by=actor.label,
    )


def _write(rule: AlertRule, spec: RuleSpec) -> None:
    for name in ("name", "metric", "threshold", "window_s", "looks", "margin", "webhook_url"):
        setattr(rule, name, getattr(spec, name))
    rule.emails = list(spec.emails)
    if spec.webhook_secret:
        rule.webhook_secret = spec.webhook_secret
    elif spec.webhook_url and not rule.webhook_secret:
        rule.webhook_secret = secrets.token_urlsafe(32)
    rule.save()


def _record(actor: Actor, action: str, rule: AlertRule) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"alert:{rule.pk}",
        details={
            "name": rule.name,
            "endpoint": rule.endpoint.name,
            "metric": rule.metric,
            "threshold": rule.threshold,
        },
    )
