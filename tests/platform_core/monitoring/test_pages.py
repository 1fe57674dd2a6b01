"""The alert inbox and what is watched of an endpoint, as pages."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from platform_core.accounts.api import Role
from platform_core.jobs import api as jobs
from platform_core.monitoring.alerts import running
from platform_core.monitoring.models import AlertRule, DriftReference
from platform_core.monitoring.services import add_labels
from tests.platform_core.monitoring.conftest import log, measured, rows
from tests.platform_core.monitoring.test_alerts import traffic

WATCH = "/endpoints/prices/watch/"
FORM = {
    "name": "errors", "endpoint": "prices", "metric": "error_rate", "threshold": "0.1",
    "window_s": "300", "looks": "1", "emails": "a@example.com, b@example.com",
}  # fmt: skip


def text(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def client(actor, endpoint, page_client, settings, tmp_path):
    settings.RUNTIME_SOCKET = tmp_path / "nobody.sock"
    return page_client(actor)


def test_an_alert_is_made_fires_is_silenced_and_deleted_on_its_pages(client, endpoint):
    assert "No alerts yet" in text(client.get("/alerts/"))
    wrong = client.post("/alerts/new/", FORM | {"emails": "nobody"})
    assert wrong.status_code == 400
    assert "not an e-mail address" in text(wrong)
    assert client.post("/alerts/new/", FORM).status_code == 302
    rule = AlertRule.objects.get()
    assert rule.emails == ["a@example.com", "b@example.com"]
    traffic(endpoint, 30)
    running.look_at_all()
    inbox = text(client.get("/alerts/"))
    assert "Firing" in inbox
    assert "30.0 %" in inbox or "30 %" in inbox or "30%" in inbox
    page = f"/alerts/{rule.pk}/"
    assert "a@example.com" in text(client.get(page))
    assert client.post(f"{page}silence/", {"hours": "8", "reason": ""}).status_code == 400
    assert client.post(f"{page}silence/", {"hours": "8", "reason": "known"}).status_code == 302
    assert "known" in text(client.get(page))
    client.post(f"{page}silence/", {"end": "1"})
    assert not AlertRule.objects.get().is_silenced
    assert client.post(f"{page}delete/").status_code == 302
    assert not AlertRule.objects.exists()


def test_a_webhooks_secret_is_made_and_shown_once(client):
    made = client.post("/alerts/new/", FORM | {"webhook_url": "https://example.com/x"}, follow=True)
    secret = AlertRule.objects.get().webhook_secret
    assert secret in text(made)
    assert secret not in text(client.get(f"/alerts/{AlertRule.objects.get().pk}/"))


def test_what_is_logged_is_set_and_drift_and_quality_are_shown(client, actor, endpoint):
    assert "No request is logged" in text(client.get(WATCH))
    wrong = client.post(f"{WATCH}log/", {"percent": "101", "max_rows": "5", "days": "3"})
    assert wrong.status_code == 400
    assert 'value="101"' in text(wrong)
    good = {"percent": "25", "max_rows": "5000", "days": "3"}
    assert client.post(f"{WATCH}log/", good).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.options == {"log_rate": 0.25, "log_max_rows": 5000, "log_days": 3}
    first = rows(300)
    log(endpoint, first, first[:, 0], at=time.time() - 600)
    measured(actor, endpoint)
    DriftReference.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    ids = log(endpoint, rows(300, 1, shift=3), rows(300, 1)[:, 0], prefix="late")
    add_labels(actor=actor, endpoint=endpoint, labels=[{"id": ids[0], "label": 3.5}])
    measured(actor, endpoint)
    shown = text(client.get(WATCH))
    assert "moved furthest" in shown
    assert "1 labels in all" in shown
    assert "First logged requests" in shown
    fragment = text(client.get(f"{WATCH}summary/"))
    assert "drift-columns" in fragment
    assert f'hx-get="{WATCH}summary/"' in text(client.get("/endpoints/prices/"))
    assert client.post(f"{WATCH}dataset/", {"name": "calls", "days": "7"}).status_code == 302
    assert client.post(f"{WATCH}measure/", {"version": "1"}).status_code == 302
    kinds = jobs.Job.objects.values_list("kind", flat=True)
    assert {"monitoring.make_dataset", "monitoring.measure"} <= set(kinds)
    assert client.post(f"{WATCH}forget/").status_code == 302
    assert not DriftReference.objects.exists()


def test_viewers_see_and_change_nothing(member, client, endpoint, page_client):
    viewer = page_client(member(Role.VIEWER))
    assert "New alert" not in text(viewer.get("/alerts/"))
    assert viewer.get(WATCH).status_code == 200
    assert viewer.post("/alerts/new/", FORM).status_code == 403
    for path in ("log", "dataset", "measure", "forget"):
        assert viewer.post(f"{WATCH}{path}/").status_code == 403


def test_strangers_find_nothing(stranger, client, page_client):
    client.post("/alerts/new/", FORM)
    other = page_client(stranger)
    assert other.get(f"/alerts/{AlertRule.objects.get().pk}/").status_code == 404
    assert other.get(WATCH).status_code == 404
    assert other.get(f"{WATCH}summary/").status_code == 404
