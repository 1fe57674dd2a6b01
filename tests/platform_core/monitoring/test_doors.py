"""REST of request log, labels, drift, quality and alerts: what it answers, and to whom."""

from datetime import timedelta

import pytest
from django.utils import timezone

from platform_core.accounts.api import Role
from platform_core.monitoring.alerts import rules
from platform_core.monitoring.models import AlertRule
from tests.platform_core.monitoring.conftest import log, measured, rows
from tests.platform_core.monitoring.test_alerts import spec

URL = "/api/v1/endpoints/prices/"


def test_what_is_logged_is_set_shown_and_destroyed(actor, endpoint, rest_client):
    client = rest_client(actor)
    shown = client.put(f"{URL}log/", {"rate": 0.5, "days": 7}).json()
    assert (shown["rate"], shown["days"], shown["max_rows"]) == (0.5, 7, 100_000)
    assert client.put(f"{URL}log/", {"rate": 2}).status_code == 400
    log(endpoint, rows(3), rows(3)[:, 0])
    (day,) = client.get(f"{URL}log/").json()["kept"]
    assert (day["rows"], day["labels"], day["dropped"]) == (3, 0, 0)
    assert client.delete(f"{URL}log/").status_code == 204
    assert client.get(f"{URL}log/").json()["kept"] == []


def test_labels_drift_and_quality_over_rest(actor, endpoint, rest_client):
    client = rest_client(actor)
    ids = log(endpoint, rows(300), rows(300)[:, 0])
    labels = [{"id": key, "label": 0.5} for key in ids[:20]]
    assert client.post(f"{URL}labels/", {"labels": labels}).json() == {"taken": 20}
    assert client.post(f"{URL}labels/", {"labels": [{"id": 7}]}).status_code == 400
    assert client.post(f"{URL}drift/").status_code == 202
    measured(actor, endpoint)
    (point,) = client.get(f"{URL}quality/").json()["points"]
    assert (point["metric"], point["labels"]) == ("mae", 20)
    assert client.get(f"{URL}drift/").json()["results"] == []
    assert client.post(f"{URL}log/dataset/", {"name": "calls"}).status_code == 202


def test_alerts_are_made_changed_silenced_and_removed(actor, endpoint, rest_client):
    client = rest_client(actor)
    body = {"endpoint": "prices", "name": "slow", "metric": "latency_p95", "threshold": 50}
    made = client.post("/api/v1/alerts/", body | {"webhook_url": "https://example.com/"})
    assert made.status_code == 201
    assert len(made.json()["webhook_secret"]) > 20
    url = f"/api/v1/alerts/{made.json()['id']}/"
    assert "webhook_secret" not in client.get(url).json()
    assert client.post("/api/v1/alerts/", body | {"metric": "luck"}).status_code == 400
    assert client.put(url, body | {"threshold": 80}).json()["threshold"] == 80
    until = (timezone.now() + timedelta(hours=2)).isoformat()
    quiet = client.put(f"{url}silence/", {"until": until, "reason": "known"}).json()
    assert (quiet["state"], quiet["silenced_reason"]) == ("silenced", "known")
    assert client.delete(f"{url}silence/").json()["state"] == "ok"
    kinds = [event["kind"] for event in client.get(f"{url}history/").json()["results"]]
    assert kinds == ["unsilenced", "silenced"]
    assert client.delete(url).status_code == 204
    assert client.get("/api/v1/alerts/").json()["results"] == []


def test_another_organisation_finds_nothing(actor, stranger, endpoint, rest_client):
    rule = rules.create_rule(actor=actor, endpoint=endpoint, spec=spec())
    client = rest_client(stranger)
    for method, path in (
        ("get", f"{URL}log/"), ("put", f"{URL}log/"), ("post", f"{URL}labels/"),
        ("get", f"{URL}drift/"), ("get", f"{URL}quality/"), ("post", f"{URL}log/dataset/"),
        ("get", f"/api/v1/alerts/{rule.pk}/"), ("delete", f"/api/v1/alerts/{rule.pk}/"),
        ("get", f"/api/v1/alerts/{rule.pk}/history/"),
    ):  # fmt: skip
        body = {"rate": 1, "labels": [{"id": "a", "label": 1}], "name": "x"}
        answer = getattr(client, method)(path, *([] if method in {"get", "delete"} else [body]))
        assert answer.status_code == 404, path
    assert client.get("/api/v1/alerts/").json()["results"] == []
    assert AlertRule.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_only_engineers_decide_what_is_logged_and_watched(member, endpoint, rest_client, role):
    client = rest_client(member(role))
    assert client.get(f"{URL}log/").status_code == 200
    assert client.put(f"{URL}log/", {"rate": 1}).status_code == 403
    assert client.post("/api/v1/alerts/", {"endpoint": "prices"}).status_code == 403
