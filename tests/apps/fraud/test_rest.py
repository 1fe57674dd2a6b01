"""Routes of detectors, scoring and decisions: shapes, statuses, other organisations."""

import orjson
import pytest

from apps.fraud.models import Detector
from platform_core.accounts.api import Actor, Role
from tests.apps.fraud.conftest import event, payments, upload

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/v1/fraud/detectors/"


def test_a_detector_is_made_shown_and_deleted(actor: Actor, stranger: Actor, rest_client):
    client = rest_client(actor)
    body = {
        "name": "payments",
        "dataset": str(upload(actor, payments(40)).pk),
        "label_column": "fraud",
        "time_column": "time",
        "amount_column": "amount",
        "id_column": "id",
        "entity_columns": ["customer", "terminal"],
        "label_delay_days": 2,
        "model": "xgboost",
        "params": {"trees": 5},
    }
    made = client.post(BASE, body, format="json")
    assert made.status_code == 202
    assert set(made.json()) == {"name", "job"}
    shown = client.get(f"{BASE}payments/").json()
    assert (shown["state"], shown["model"], shown["label_delay_days"]) == ("training", "xgboost", 2)
    assert shown["params"]["trees"] == 5
    assert [each["name"] for each in client.get(BASE).json()["results"]] == ["payments"]
    assert rest_client(stranger).get(f"{BASE}payments/").status_code == 404
    assert client.post(BASE, body, format="json").status_code == 409
    assert client.post(BASE, {**body, "nmae": "x"}, format="json").status_code == 400
    assert client.post(f"{BASE}payments/score", event(1), format="json").status_code == 409
    assert client.delete(f"{BASE}payments/").status_code == 204
    assert client.get(f"{BASE}payments/").status_code == 404


def test_events_labels_and_decisions_over_rest(
    actor: Actor, stranger: Actor, trained: Detector, rest_client, page_client
):
    """Without a runtime: the fallback decides, everything else is as ever."""
    client, base = rest_client(actor), f"{BASE}{trained.name}"
    told = client.post(f"{base}/score", event(1), format="json").json()
    assert (told["decision"], told["fallback"]) == ("review", True)
    rehearsed = client.post(f"{base}/score?dry_run=true", event(2), format="json").json()
    assert rehearsed["id"] is None
    wrapped = client.post(f"{base}/score", {"events": [event(2)], "dry_run": True}, format="json")
    assert wrapped.json()["results"][0]["dry_run"]

    session = page_client(actor).post(
        f"{base}/score", orjson.dumps(event(1)), content_type="application/json"
    )
    assert session.json() == told  # the ordinary way answers the same

    labels = {"labels": [{"event_id": "e1", "is_fraud": True}]}
    counted = client.post(f"{base}/labels", labels, format="json").json()
    assert counted == {"recorded": 1, "unchanged": 0, "unknown": 0}

    listed = client.get(f"{base}/decisions/").json()["results"]
    assert [each["event_id"] for each in listed] == ["e1"]
    whole = client.get(f"/api/v1/fraud/decisions/{told['id']}/").json()
    assert whole["event"]["customer"] == "c1"
    replayed = client.post(f"/api/v1/fraud/decisions/{told['id']}/replay").json()
    assert replayed["same"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"[1]", 400),
        (b'{"time": 1}', 400),
        (b"[" * 5_000, 400),
        (orjson.dumps([{}] * 501), 400),
    ],
)
def test_a_malformed_body_is_refused_as_a_problem(
    actor: Actor, trained: Detector, rest_client, body, status
):
    answer = rest_client(actor).post(
        f"{BASE}{trained.name}/score", body, content_type="application/json"
    )
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_a_key_is_needed_and_its_scope_counts(
    actor: Actor, stranger: Actor, trained: Detector, rest_client, member
):
    base = f"{BASE}{trained.name}/score"
    sent = {"data": event(1), "format": "json"}
    assert rest_client(actor, "predict").post(base, **sent).status_code == 200
    assert rest_client(actor, "data").post(base, **sent).status_code == 403
    assert rest_client(stranger).post(base, **sent).status_code == 404
    nobody = rest_client(actor)
    nobody.credentials(HTTP_AUTHORIZATION="Bearer pq_unknown")
    assert nobody.post(base, **sent).status_code == 401
    viewer = rest_client(member(Role.VIEWER))
    assert (
        viewer.post(f"{BASE}{trained.name}/labels", {"labels": []}, format="json").status_code
        == 403
    )
