"""Tells people: e-mail and webhook, tried again with growing pauses, a few times only."""

import json
import time
from datetime import timedelta
from typing import Any

import structlog
from django.core.mail import send_mail
from django.utils import timezone

from platform_core.monitoring.alerts import webhook
from platform_core.monitoring.alerts.webhook import WebhookError
from platform_core.monitoring.models import AlertEvent, Delivery

_log = structlog.get_logger(__name__)
PAUSES_S = (10, 60, 300, 1800, 7200)
"""Before the second to the sixth and last attempt."""
_AT_ONCE, _TURN_S = 50, 20.0
State, Channel = Delivery.State, Delivery.Channel


def deliver() -> int:
    """Send what is due, for 20 s at most; return how many arrived."""
    ends_at = time.monotonic() + _TURN_S
    due = Delivery.objects.filter(state=State.WAITING, next_at__lte=timezone.now())
    sent = 0
    for delivery in due.select_related("event__rule__endpoint").order_by("next_at")[:_AT_ONCE]:
        if time.monotonic() > ends_at:
            break
        sent += _deliver(delivery)
    return sent


def _deliver(delivery: Delivery) -> bool:
    # counted before it is tried: a crash in between costs an attempt, never a flood
    pause = PAUSES_S[min(delivery.attempts, len(PAUSES_S) - 1)]
    delivery.attempts += 1
    delivery.next_at = timezone.now() + timedelta(seconds=pause)
    delivery.save(update_fields=["attempts", "next_at"])
    try:
        _send(delivery)
    except WebhookError as error:
        problem, is_over = str(error), error.permanent
    except Exception as error:  # noqa: BLE001  (mail backends raise what they like; recorded, tried again)
        problem, is_over = type(error).__name__, False
    else:
        delivery.state, delivery.problem = State.SENT, ""
        delivery.save(update_fields=["state", "problem"])
        return True
    if is_over or delivery.attempts > len(PAUSES_S):
        delivery.state = State.FAILED
    delivery.problem = problem[:300]
    delivery.save(update_fields=["state", "problem"])
    _log.warning("alert_not_delivered", delivery=delivery.pk, channel=delivery.channel, why=problem)
    return False


def _send(delivery: Delivery) -> None:
    event = delivery.event
    if delivery.channel == Channel.WEBHOOK:
        body = json.dumps(document_of(event), separators=(",", ":")).encode()
        webhook.call(delivery.address, body, event.rule.webhook_secret or "")
        return
    rule = event.rule
    title = f"[{event.get_kind_display()}] {rule.name} ({rule.endpoint.name})"
    text = (
        f"{event.words}\n\nEndpoint: {rule.endpoint.name}\nAlert: {rule.name}\n"
        f"Time: {event.created_at:%Y-%m-%d %H:%M:%S} UTC\n"
    )
    send_mail(" ".join(title.split()), text, None, [delivery.address])


def document_of(event: AlertEvent) -> dict[str, Any]:
    """Return what a webhook gets."""
    rule = event.rule
    return {
        "event": event.kind,
        "event_id": event.pk,
        "alert": {"id": str(rule.pk), "name": rule.name, "metric": rule.metric},
        "endpoint": rule.endpoint.name,
        "value": event.value,
        "threshold": rule.threshold,
        "words": event.words,
        "at": event.created_at.isoformat(),
    }
