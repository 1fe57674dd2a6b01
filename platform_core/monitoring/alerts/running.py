"""Looks at every rule; the scheduler calls it."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from platform_core.monitoring.alerts import figures, rules
from platform_core.monitoring.alerts.judging import Limits, Standing, judge
from platform_core.monitoring.models import AlertEvent, AlertRule
from platform_core.monitoring.params import METRICS

_log = structlog.get_logger(__name__)


def look_at_all(now: datetime | None = None) -> int:
    """Look at every rule once; return how many changed their state."""
    now = now or timezone.now()
    keys = list(AlertRule.objects.values_list("pk", flat=True))
    return sum(_look(key, now) for key in keys)


def _look(key: UUID, now: datetime) -> bool:
    with transaction.atomic():
        rows = AlertRule.objects.select_for_update(of=("self",), skip_locked=True)
        rule = rows.select_related("endpoint", "organisation").filter(pk=key).first()
        if rule is None:
            return False
        rule.looked_at = now
        found = figures.read(rule, now)
        rule.value = None if found is None else found.value
        if (
            found is None
        ):  # without data nothing is proven: neither that it is bad nor that it is over
            rule.save(update_fields=["looked_at", "value"])
            return False
        limits = Limits(rule.threshold, rule.looks, rule.margin, found.below)
        before = Standing(rule.state, rule.beyond, rule.within)
        after = judge(before, found.value, limits)
        rule.state, rule.beyond, rule.within = after.state, after.beyond, after.within
        if after.state != before.state:
            rule.since = now
        rule.save()
        if after.state == before.state:
            return False
        _changed(rule, found.below)
        return True


def _changed(rule: AlertRule, below: bool) -> None:  # noqa: FBT001  (one word of the sentence)
    fired = rule.state == AlertRule.State.FIRING
    side = "below" if below else "above"
    found = f"{rule.metric} is {rule.value:.4g} {METRICS[rule.metric].unit}"
    words = f"{found}, {side} {rule.threshold:g}." if fired else f"{found} again."
    event = AlertEvent.objects.create(
        organisation=rule.organisation,
        rule=rule,
        kind=AlertEvent.Kind.FIRED if fired else AlertEvent.Kind.RESOLVED,
        value=rule.value,
        words=words,
        by="platform",
    )
    _log.info("alert_changed", rule=str(rule.pk), state=rule.state, metric=rule.metric)
    if not rule.is_silenced:
        rules.tell(event)
