"""The routes of rules, back-tests, lists, policy and changes."""

import pytest

from apps.fraud.models import Rule
from platform_core.accounts.api import Role
from tests import factories
from tests.apps.fraud import desk

pytestmark = pytest.mark.django_db
TEXT = 'amount > 100 and country == "FR"'


@pytest.fixture
def detector(actor):
    return desk.detector_of_data(actor)


@pytest.fixture
def base(detector):
    return f"/api/v1/fraud/detectors/{detector.name}"


def test_a_rule_from_form_to_a_decision_of_two(actor, organisation, base, rest_client):
    person = rest_client(actor)
    fields = person.get(f"{base}/rules:check").json()
    assert fields["fields"]["amount"] == "number"
    assert fields["fields"]["card"] == "string"
    assert "fraud" not in fields["fields"]
    assert "hour" in fields["functions"]
    read = person.post(
        f"{base}/rules:check",
        {"text": TEXT, "event": {"amount": 200, "country": "FR"}},
        format="json",
    ).json()
    assert read["text"] == TEXT
    assert read["holds"] is True
    made = person.post(
        f"{base}/rules/",
        {"name": "abroad", "form": read["form"], "action": "decline"},
        format="json",
    )
    assert made.status_code == 201, made.json()
    rule = f"{base}/rules/{made.json()['id']}"
    assert person.get(f"{rule}/").json()["versions"][0]["text"] == TEXT
    test = {"name": "home", "event": {"amount": 200, "country": "DE"}, "holds": False}
    kept = person.post(f"{rule}/tests/", test, format="json")
    assert kept.status_code == 201
    assert person.get(f"{rule}/tests/").json()["results"][0]["passed"] is True
    asked = person.post(f"{rule}/mode", {"mode": "active", "version": 1}, format="json")
    assert (asked.status_code, asked.json()["state"]) == (202, "open")
    change = f"{base}/changes/{asked.json()['id']}"
    assert person.post(f"{change}/approve").status_code == 409
    second = rest_client(factories.actor(organisation, Role.ML_ENGINEER))
    assert second.post(f"{change}/approve").json()["state"] == "approved"
    assert person.get(f"{base}/changes/").json()["results"][0]["decided_by"]
    assert person.get(f"{base}/rule-sets/").json()["results"][0]["rules"][0]["name"] == "abroad"
    assert person.delete(f"{rule}/tests/{kept.json()['id']}/").status_code == 204
    assert person.delete(f"{rule}/").status_code == 400
    assert Rule.objects.get().mode == "active"


def test_a_fault_of_a_rule_is_a_problem_with_its_place(actor, base, rest_client):
    person = rest_client(actor)
    told = person.post(
        f"{base}/rules/", {"name": "x", "text": "amuont > 1", "action": "review"}, format="json"
    )
    assert told.status_code == 400
    assert (told.json()["column"], told.json()["suggestion"]) == (1, "amount")
    form = {"all": [{"left": {"field": "amount"}, "op": "~"}]}
    told = person.post(f"{base}/rules:check", {"form": form}, format="json")
    assert told.json()["path"] == "all.0.op"
    told = person.post(f"{base}/rules:check", {"text": "1 == 1", "form": {}}, format="json")
    assert told.status_code == 400


def test_a_new_version_is_written_beside_the_old(actor, base, rest_client):
    person = rest_client(actor)
    body = {"name": "x", "text": "amount > 1", "action": "review"}
    rule = person.post(f"{base}/rules/", body, format="json").json()["id"]
    body = {"text": "amount > 2", "action": "decline", "note": "too many"}
    told = person.post(f"{base}/rules/{rule}/versions/", body, format="json").json()
    assert [each["number"] for each in told["versions"]] == [2, 1]
    assert person.post(f"{base}/rules/", {**body, "name": "x"}, format="json").status_code == 409
    mode = {"mode": "shadow", "version": 3}
    assert person.post(f"{base}/rules/{rule}/mode", mode, format="json").status_code == 404
    assert person.delete(f"{base}/rules/{rule}/").status_code == 204


def test_a_backtest_is_queued(actor, base, rest_client):
    person = rest_client(actor)
    rules = [{"name": "a", "text": "amount > 1", "action": "review"}]
    made = person.post(f"{base}/backtests/", {"rules": rules}, format="json")
    assert made.status_code == 202
    found = person.get(f"{base}/backtests/{made.json()['id']}/").json()
    assert (found["state"], found["result"]) == ("queued", None)
    assert len(person.get(f"{base}/backtests/").json()["results"]) == 1
    assert person.post(f"{base}/backtests/", {"rules": []}, format="json").status_code == 400


def test_lists_are_kept_masked(actor, organisation, base, rest_client):
    person = rest_client(actor)
    body = {"list": "block", "entity": "card", "values": ["4000001234567899"]}
    assert person.post(f"{base}/lists/", body, format="json").json() == {"added": 1}
    assert person.post(f"{base}/lists/", body, format="json").json() == {"added": 1}
    (entry,) = person.get(f"{base}/lists/?list=block").json()["results"]
    assert entry["value"] == "••••7899"
    assert person.get(f"{base}/lists/?list=allow").json()["results"] == []
    assert person.get(f"{base}/lists/?list=grey").status_code == 400
    viewer = rest_client(factories.actor(organisation, Role.VIEWER))
    assert viewer.get(f"{base}/lists/").status_code == 403
    assert person.delete(f"{base}/lists/{entry['id']}/").status_code == 204
    assert person.delete(f"{base}/lists/{entry['id']}/").status_code == 404


def test_a_policy_is_written_and_asked_for(actor, base, rest_client):
    person = rest_client(actor)
    body = {"policy": {"by_cost": True, "review_cost": 3.5}, "note": "cheaper reviews"}
    made = person.post(f"{base}/policies/", body, format="json")
    assert (made.status_code, made.json()["number"]) == (201, 1)
    asked = person.post(f"{base}/policies/1/activate", {}, format="json").json()
    assert (asked["kind"], asked["state"]) == ("policy", "open")
    assert person.post(f"{base}/changes/{asked['id']}/decline").json()["state"] == "withdrawn"
    assert person.post(f"{base}/policies/2/activate", {}, format="json").status_code == 404
    bad = person.post(f"{base}/policies/", {"policy": {"decline": 2}}, format="json")
    assert (bad.status_code, bad.json()["field"]) == (400, "decline")
    assert len(person.get(f"{base}/policies/").json()["results"]) == 1


def test_the_work_rule_is_the_owners(actor, organisation, rest_client):
    path = "/api/v1/fraud/work-rule"
    body = {"second_person": False, "four_eyes_from": None, "service_hours": 4.0}
    viewer = rest_client(factories.actor(organisation, Role.VIEWER))
    assert viewer.get(path).json()["second_person"] is True
    assert viewer.put(path, body, format="json").status_code == 403
    assert rest_client(actor).put(path, body, format="json").json() == body


def test_another_organisation_finds_nothing(actor, stranger, detector, base, rest_client):
    person, other = rest_client(actor), rest_client(stranger)
    body = {"name": "x", "text": "amount > 1", "action": "review"}
    rule = person.post(f"{base}/rules/", body, format="json").json()["id"]
    for path in ("rules/", "rules:check", "rule-sets/", "backtests/", "lists/", "policies/"):
        assert other.get(f"{base}/{path}").status_code == 404, path
    assert other.get(f"{base}/rules/{rule}/").status_code == 404
    own = desk.detector(stranger, name=detector.name)
    theirs = f"/api/v1/fraud/detectors/{own.name}"
    assert other.get(f"{theirs}/rules/{rule}/").status_code == 404
