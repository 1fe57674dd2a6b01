"""Traffic, roll-back and canaries as the database keeps them; `test_runtime_traffic` sees them answered."""

import pytest
from django.utils import timezone

from platform_core.accounts.api import Role
from platform_core.audit import api as audit
from platform_core.errors import PermissionDeniedError
from platform_core.registry import api as registry
from platform_core.registry import approvals
from platform_core.serving import api as serving
from platform_core.serving import canaries, quality, rollback, steering, traffic
from platform_core.serving.canaries import Rules
from platform_core.serving.errors import (
    CanaryConflictError,
    NothingToRollBackError,
    TrafficInvalidError,
)
from platform_core.serving.judging import Quality
from platform_core.serving.models import Canary, Endpoint, TrafficChange, TrafficCount
from platform_core.serving.traffic import Plan
from tests.ml.runtime import sample_models

URL = "/api/v1/endpoints/prices/"


@pytest.fixture
def endpoint(actor, register) -> Endpoint:
    """Version 1 is champion, version 2 challenger."""
    register(actor, "scaler", sample_models.scaler(1.0))
    second = register(actor, "scaler", sample_models.scaler(2.0), promote=False)
    registry.set_alias(actor=actor, model=second.model, alias="challenger", version=second)
    return serving.create_endpoint(actor=actor, name="prices", model_name="scaler")


def count(endpoint: Endpoint, alias: str, version: int, requests: int, failures: int = 0, **more):
    endpoint.refresh_from_db()
    bucket = more.get("bucket", 40)
    TrafficCount.objects.create(
        endpoint=endpoint,
        epoch=endpoint.epoch,
        node=more.get("node", "one"),
        alias=alias,
        version=version,
        requests=requests,
        failures=failures,
        latency={str(bucket): requests},
    )


def kinds(endpoint: Endpoint) -> list[str]:
    return list(TrafficChange.objects.filter(endpoint=endpoint).values_list("kind", flat=True))


def test_traffic_is_set_with_history_and_audit(actor, endpoint):
    moved = traffic.set_traffic(
        actor=actor, endpoint=endpoint, plan=Plan("champion", {"challenger": 10}), reason="try it"
    )
    assert Plan.of(moved).shares == {"champion": 90.0, "challenger": 10.0}
    (change,) = TrafficChange.objects.all()
    assert (change.kind, change.reason, change.changed_by_label) == ("set", "try it", actor.label)
    assert (change.before["weights"], change.after["weights"]) == ({}, {"challenger": 10.0})
    entries = audit.entries(actor=actor)
    assert entries.filter(action="endpoint.traffic.set").count() == 1
    again = traffic.set_traffic(actor=actor, endpoint=moved, plan=Plan.of(moved))
    assert again.epoch == moved.epoch, "what changes nothing is no move"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan("champion", {"challenger": 101}), "percentage"),
        (Plan("champion", {"challenger": float("nan")}), "percentage"),
        (Plan("champion", {"challenger": -1}), "percentage"),
        (Plan("champion", {"nobody": 5}), "nobody"),
        (Plan("champion", {"7": 5}), "not an alias"),
        (Plan("champion", shadow_alias="nobody"), "nobody"),
        (Plan("champion", shadow_alias="challenger", shadow_fraction=2), "between 0 and 1"),
        (Plan("champion", {f"a{n}": 1 for n in range(9)}), "at most"),
    ],
)
def test_traffic_that_cannot_be_is_refused_in_words(actor, endpoint, plan, words):
    with pytest.raises(TrafficInvalidError, match=words):
        traffic.set_traffic(actor=actor, endpoint=endpoint, plan=plan)
    assert not TrafficChange.objects.exists()


def test_moves_are_taken_back_one_by_one_then_the_promotion(actor, endpoint):
    with pytest.raises(NothingToRollBackError):
        rollback.roll_back(actor=actor, endpoint=endpoint)
    two = registry.get_version(actor=actor, model_name="scaler", number=2)
    registry.set_alias(actor=actor, model=two.model, alias="champion", version=two)
    for weight in (10, 40):
        traffic.set_traffic(
            actor=actor, endpoint=endpoint, plan=Plan("champion", {"challenger": weight})
        )
    seen = []
    for _ in range(3):
        way = rollback.roll_back(actor=actor, endpoint=endpoint)
        seen.append((way.kind, dict(way.plan.weights), way.version))
    assert seen == [
        ("traffic", {"challenger": 10.0}, None),
        ("traffic", {}, None),
        ("alias", {}, 1),
    ]
    assert kinds(endpoint) == ["rolled_back", "rolled_back", "set", "set"]
    with pytest.raises(NothingToRollBackError):
        rollback.roll_back(actor=actor, endpoint=endpoint)


def start(actor, endpoint, **rules) -> Canary:
    chosen = Rules(**{"step_s": 0, "min_requests": 100, **rules})
    return canaries.start_canary(
        actor=actor, endpoint=endpoint, alias="challenger", steps=(10, 50), rules=chosen
    )


def test_a_good_candidate_goes_on_and_is_promoted_in_the_end(actor, endpoint):
    canary = start(actor, endpoint)
    for share in (10.0, 50.0):
        endpoint.refresh_from_db()
        assert endpoint.weights == {"challenger": share}
        count(endpoint, "champion", 1, 200)
        count(endpoint, "challenger", 2, 60)
        steering.steer_all({})
        endpoint.refresh_from_db()
        assert endpoint.weights == {"challenger": share}, "too few requests"
        count(endpoint, "challenger", 2, 60, node="two")
        steering.steer_all({})
    endpoint.refresh_from_db()
    canary.refresh_from_db()
    assert (endpoint.weights, canary.state) == ({}, "finished")
    champion = registry.resolve(organisation=actor.organisation, name="scaler")
    assert champion.number == 2
    assert kinds(endpoint) == ["canary_finished", "canary_advanced", "canary_started"]
    assert rollback.roll_back(actor=actor, endpoint=endpoint).version == 1


@pytest.mark.parametrize("promote", [True, False])
def test_where_a_second_person_decides_a_good_candidate_waits_for_one(actor, endpoint, promote):
    approvals.set_rule(actor=actor, second_person=True)
    canary = start(actor, endpoint, promote=promote)
    for _ in range(2):
        count(endpoint, "champion", 1, 200)
        count(endpoint, "challenger", 2, 120)
        steering.steer_all({})
    endpoint.refresh_from_db()
    canary.refresh_from_db()
    assert (endpoint.alias, endpoint.weights, canary.state) == ("champion", {}, "finished")
    assert "second person" in canary.reason
    model = registry.get_model(actor=actor, name="scaler")
    assert approvals.requests(actor=actor, model=model).count() == promote
    assert registry.resolve(organisation=actor.organisation, name="scaler").number == 1


def test_without_promotion_the_candidates_alias_takes_over(actor, endpoint):
    start(actor, endpoint, promote=False)
    for _ in range(2):
        count(endpoint, "champion", 1, 200)
        count(endpoint, "challenger", 2, 200)
        steering.steer_all({})
    endpoint.refresh_from_db()
    assert (endpoint.alias, endpoint.weights) == ("challenger", {})
    assert registry.resolve(organisation=actor.organisation, name="scaler").number == 1


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        ({"failures": 60}, "failed on 60 of 200"),
        ({"bucket": 60}, "Its p95 latency was"),
    ],
)
def test_a_worse_candidate_is_rolled_back_with_the_reason(actor, endpoint, counted, words):
    canary = start(actor, endpoint)
    count(endpoint, "champion", 1, 2000)
    count(endpoint, "challenger", 2, 200, **counted)
    steering.steer_all({})
    endpoint.refresh_from_db()
    canary.refresh_from_db()
    assert (canary.state, endpoint.weights) == ("rolled_back", {})
    assert words in canary.reason
    change = TrafficChange.objects.first()
    assert (change.kind, change.changed_by_label) == ("canary_failed", "platform")
    assert change.figures["candidate"]["requests"] == 200


def test_a_drop_of_quality_rolls_back(actor, endpoint, monkeypatch):
    labels = {1: Quality(400, 0.9, 0.09), 2: Quality(400, 0.6, 0.24)}
    monkeypatch.setattr(quality, "_sources", [])
    quality.register_quality(lambda endpoint, versions, since: {n: labels[n] for n in versions})
    canary = start(actor, endpoint, max_quality_drop=0.05)
    count(endpoint, "champion", 1, 400)
    count(endpoint, "challenger", 2, 200)
    steering.steer_all({})
    canary.refresh_from_db()
    assert canary.state == "rolled_back"
    assert "quality was 0.6" in canary.reason


def test_a_candidate_that_looks_worse_but_is_not_proven_so_is_held(actor, endpoint):
    canary = start(actor, endpoint)
    count(endpoint, "champion", 1, 400)
    count(endpoint, "challenger", 2, 110, failures=3)
    for _ in range(3):
        steering.steer_all({})
    canary.refresh_from_db()
    assert (canary.state, canary.step, canary.looks) == ("running", 0, 1)


def test_a_canary_ends_when_what_it_compares_moves_or_cannot_be_loaded(actor, endpoint):
    canary = start(actor, endpoint)
    steering.steer_all({(endpoint.pk, "challenger"): "Version 2 of scaler cannot be loaded: x"})
    canary.refresh_from_db()
    assert (canary.state, canary.reason[:9]) == ("rolled_back", "Version 2")
    canary = start(actor, endpoint)
    two = registry.get_version(actor=actor, model_name="scaler", number=2)
    registry.set_alias(actor=actor, model=two.model, alias="champion", version=two)
    steering.steer_all({})
    canary.refresh_from_db()
    assert "pointed at version 2 meanwhile" in canary.reason


def test_one_canary_at_a_time_and_a_hand_on_the_wheel_stops_it(actor, endpoint):
    canary = start(actor, endpoint)
    with pytest.raises(CanaryConflictError):
        start(actor, endpoint)
    traffic.set_traffic(actor=actor, endpoint=endpoint, plan=Plan("champion"))
    canary.refresh_from_db()
    assert canary.state == "stopped"
    canary = start(actor, endpoint)
    way = rollback.roll_back(actor=actor, endpoint=endpoint)
    endpoint.refresh_from_db()
    assert (way.kind, endpoint.weights) == ("canary", {})
    with pytest.raises(CanaryConflictError):
        canaries.stop_canary(actor=actor, endpoint=endpoint)


@pytest.mark.parametrize("steps", [(), (50, 20), (0, 5), (5, 100), (float("nan"),)])
def test_steps_that_do_not_grow_are_refused(actor, endpoint, steps):
    with pytest.raises(TrafficInvalidError, match="growing"):
        canaries.start_canary(actor=actor, endpoint=endpoint, alias="challenger", steps=steps)


def test_who_may_move_traffic(actor, member, stranger, endpoint, rest_client):
    analyst = member(Role.ANALYST)
    with pytest.raises(PermissionDeniedError):
        traffic.set_traffic(actor=analyst, endpoint=endpoint, plan=Plan("champion"))
    with pytest.raises(PermissionDeniedError):
        rollback.roll_back(actor=analyst, endpoint=endpoint)
    assert rest_client(analyst).get(f"{URL}traffic/").status_code == 200
    assert rest_client(analyst).post(f"{URL}canary/", {"alias": "challenger"}).status_code == 403
    for path in ("traffic/", "canary/", "history/", "shadow/"):
        assert rest_client(stranger).get(URL + path).status_code == 404
    assert rest_client(stranger).post(f"{URL}rollback/").status_code == 404


def test_traffic_canary_and_rollback_over_rest(actor, endpoint, rest_client):
    client = rest_client(actor)
    put = client.put(f"{URL}traffic/", {"alias": "champion", "weights": {"challenger": 20}})
    assert put.json()["shares"] == {"champion": 80.0, "challenger": 20.0}
    refused = client.put(f"{URL}traffic/", {"alias": "champion", "weights": {"nobody": 20}})
    assert refused.status_code == 400
    back = client.post(f"{URL}rollback/", {"reason": "no"}).json()
    assert (back["rolled_back"], back["weights"]) == ("traffic", {})
    made = client.post(f"{URL}canary/", {"alias": "challenger", "steps": [5, 50]})
    assert made.status_code == 201
    assert client.get(f"{URL}canary/").json()["canary"]["state"] == "running"
    assert client.delete(f"{URL}canary/").status_code == 204
    history = client.get(f"{URL}history/").json()["results"]
    assert [row["kind"] for row in history] == [
        "canary_stopped",
        "canary_started",
        "rolled_back",
        "set",
    ]
    assert client.post(f"{URL}rollback/").status_code == 409


def test_pointing_an_endpoint_elsewhere_ends_its_division(actor, endpoint):
    start(actor, endpoint)
    serving.ensure_endpoint(actor=actor, name="prices", model_name="scaler", alias="challenger")
    endpoint.refresh_from_db()
    assert (endpoint.alias, endpoint.weights) == ("challenger", {})
    assert not Canary.objects.filter(state="running").exists()
    assert Canary.objects.get().ended_at <= timezone.now()
