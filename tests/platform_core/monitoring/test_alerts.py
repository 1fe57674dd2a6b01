"""Alerts: when they fire, when they are over, who hears of it."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from platform_core.monitoring.alerts import delivering, rules, running, webhook
from platform_core.monitoring.alerts.judging import FIRING, OK, Limits, Standing, judge
from platform_core.monitoring.errors import AlertInvalidError
from platform_core.monitoring.models import (
    AlertEvent,
    AlertRule,
    Delivery,
    DriftReport,
    QualityPoint,
    TrafficPoint,
)
from platform_core.monitoring.params import RuleSpec
from platform_core.serving import api as serving
from tests.platform_core.monitoring import receivers


def course(values, **changes):
    limits = Limits(**{"threshold": 0.1, "looks": 2, "margin": 0.2} | changes)
    standing, states = Standing(), ""
    for value in values:
        standing = judge(standing, value, limits)
        states += {OK: "-", FIRING: "F"}[standing.state]
    return states


def test_it_fires_after_so_many_looks_and_is_over_after_as_many_well_within():
    assert course([0.2, 0.05, 0.2, 0.2, 0.2, 0.05, 0.05]) == "---FFF-"
    assert course([0.2, 0.05], looks=1) == "F-"


def test_a_figure_that_wavers_around_the_threshold_changes_the_state_once():
    assert course([0.11, 0.12, 0.09, 0.11, 0.095, 0.09, 0.101, 0.085]) == "-FFFFFFF"
    assert course([0.11, 0.09] * 5) == "-" * 10


def test_of_some_figures_less_is_bad():
    below = {"threshold": 0.8, "below": True, "margin": 0.1}
    assert course([0.7, 0.7, 0.85, 0.85, 0.9, 0.9], **below) == "-FFFF-"


def test_exactly_on_the_threshold_is_not_beyond_it():
    assert course([0.1, 0.1, 0.1]) == "---"
    assert course([1.0, 0.0, 0.0], threshold=0.0, looks=1) == "F--"


def spec(**changes) -> RuleSpec:
    fields = {"name": "errors", "metric": "error_rate", "threshold": 0.1, "looks": 1}
    return RuleSpec(**fields | changes)


def traffic(endpoint, failures, requests=100, bucket=40):
    TrafficPoint.objects.all().delete()
    TrafficPoint.objects.create(
        endpoint=endpoint, requests=requests, failures=failures, latency={str(bucket): requests}
    )


def test_a_rule_fires_is_over_and_keeps_its_history(actor, endpoint):
    rule = rules.create_rule(actor=actor, endpoint=endpoint, spec=spec(emails=("a@example.com",)))
    endpoint.refresh_from_db()
    assert endpoint.options == {"watch": True}
    assert running.look_at_all() == 0  # nothing counted: nothing proven
    for failures, state in ((5, "ok"), (20, "firing"), (20, "firing"), (2, "ok")):
        traffic(endpoint, failures)
        running.look_at_all()
        rule.refresh_from_db()
        assert rule.state == state
    kinds = [event.kind for event in AlertEvent.objects.all()]
    assert kinds == ["resolved", "fired"]
    assert AlertEvent.objects.last().words == "error_rate is 0.2 part, above 0.1."
    assert Delivery.objects.count() == 2


def test_every_figure_is_read(actor, endpoint):
    now = timezone.now()
    made = {
        metric: rules.create_rule(
            actor=actor, endpoint=endpoint, spec=spec(name=metric, metric=metric, threshold=at)
        )
        for metric, at in (
            ("latency_p95", 0.1), ("drift", 0.2), ("missing", 0.1), ("quality", 0.8),
            ("canary_rollback", 0),
        )
    }  # fmt: skip
    traffic(endpoint, 0, bucket=40)
    DriftReport.objects.create(
        organisation=actor.organisation, endpoint=endpoint, version=1, since=now, until=now, rows=9,
        reference_rows=9, source="log", columns=[], psi=0.5, missing=0.3, out_of_range=0, drifted=1,
    )  # fmt: skip
    QualityPoint.objects.create(
        endpoint=endpoint, version=1, start=now.replace(minute=0, second=0, microsecond=0),
        metric="accuracy", value=0.6, labels=50, mean=0.6, variance=0.2,
    )  # fmt: skip
    serving.TrafficChange.objects.create(
        organisation=actor.organisation, endpoint=endpoint, kind="canary_failed", epoch=1,
        before={}, after={}, changed_by_label="platform",
    )  # fmt: skip
    assert running.look_at_all() == 5
    values = {}
    for metric, rule in made.items():
        rule.refresh_from_db()
        values[metric] = round(rule.value, 3)
    assert values == {
        "latency_p95": 0.32, "drift": 0.5, "missing": 0.3, "quality": 0.6, "canary_rollback": 1.0,
    }  # fmt: skip


def test_a_silence_has_a_reason_and_an_end_and_tells_nobody(actor, endpoint):
    rule = rules.create_rule(actor=actor, endpoint=endpoint, spec=spec(emails=("a@example.com",)))
    now = timezone.now()
    wrong = ((timedelta(hours=1), " "), (timedelta(-1), "x"), (timedelta(91), "x"))
    for lasts, reason in wrong:
        with pytest.raises(AlertInvalidError):
            rules.silence(actor=actor, rule=rule, until=now + lasts, reason=reason)
    rules.silence(actor=actor, rule=rule, until=now + timedelta(hours=1), reason="maintenance")
    traffic(endpoint, 50)
    running.look_at_all()
    rule = AlertRule.objects.get()
    assert (rule.state, rule.shown_state) == ("firing", "silenced")
    assert not Delivery.objects.exists()
    rules.end_silence(actor=actor, rule=rule)
    assert (rule.shown_state, Delivery.objects.count()) == ("firing", 1)


def fire(actor, endpoint, **told) -> None:
    rules.create_rule(actor=actor, endpoint=endpoint, spec=spec(**told))
    traffic(endpoint, 50)
    assert running.look_at_all() == 1


def test_a_webhook_is_signed_and_tried_again_with_a_pause(actor, endpoint, settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with receivers.webhook(500, 200) as (url, calls):
        fire(actor, endpoint, webhook_url=f"{url}/hook?a=1", webhook_secret="s3cret")
        assert delivering.deliver() == 0
        waiting = Delivery.objects.get()
        assert (waiting.state, waiting.attempts, waiting.problem) == (
            "waiting", 1, "it answered 500",
        )  # fmt: skip
        assert delivering.deliver() == 0  # its pause is not over
        Delivery.objects.update(next_at=timezone.now())
        assert delivering.deliver() == 1
    assert Delivery.objects.get().state == "sent"
    path, headers, body = calls[1]
    assert path == "/hook?a=1"
    at, mac = (part.partition("=")[2] for part in headers[webhook.SIGNATURE].split(","))
    wanted = hmac.new(b"s3cret", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert mac == wanted
    told = json.loads(body)
    assert (told["event"], told["endpoint"], told["value"]) == ("fired", "prices", 0.5)


def test_a_webhook_that_is_gone_is_given_up_and_one_that_redirects_is_not_followed(
    actor, endpoint, settings
):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with receivers.webhook(302, 410) as (url, calls):
        fire(actor, endpoint, webhook_url=url)
        for _ in range(2):
            Delivery.objects.update(next_at=timezone.now())
            delivering.deliver()
    assert len(calls) == 2
    assert Delivery.objects.get().state == "failed"


def test_attempts_end(actor, endpoint, settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with receivers.webhook(503) as (url, calls):
        fire(actor, endpoint, webhook_url=url)
        for _ in range(9):
            Delivery.objects.update(next_at=timezone.now())
            delivering.deliver()
    assert (len(calls), Delivery.objects.get().state) == (6, "failed")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.1",
        "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
        "2130706433", "0x7f.1", "100.64.0.1", "224.0.0.1",
    ],
)  # fmt: skip
def test_private_addresses_are_not_called(host):
    with pytest.raises(webhook.WebhookError, match="not a public one") as refused:
        webhook.call(f"http://{host}:9/", b"{}", "s")
    assert refused.value.permanent


def test_a_letter_is_sent(actor, endpoint, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with receivers.mail_server() as (port, letters):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        fire(actor, endpoint, emails=("on-call@example.com",))
        assert delivering.deliver() == 1
    (letter,) = letters
    assert "To: on-call@example.com" in letter
    assert "Subject: [Fired] errors (prices)" in letter
    assert "error_rate is 0.5 part, above 0.1." in letter


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "}, {"metric": "luck"}, {"threshold": float("nan")}, {"threshold": 2},
        {"window_s": 5}, {"looks": 0}, {"margin": 1}, {"emails": ("nobody",)},
        {"emails": ("a@b.c\nBcc: d@e.f",)}, {"webhook_url": "ftp://example.com/"},
        {"webhook_url": "http://me:pw@example.com/"}, {"webhook_url": "http://example.com:99999/"},
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(wrong):
    with pytest.raises(AlertInvalidError):
        spec(**wrong)
