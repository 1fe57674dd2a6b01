"""The routes of cases."""

import pytest

from apps.fraud.models import Case
from platform_core.accounts.api import Role
from tests import factories
from tests.apps.fraud import desk

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/fraud/cases"


@pytest.fixture
def detector(actor):
    return desk.detector(actor)


@pytest.fixture
def case(detector):
    desk.decide(detector, score=0.5)
    return Case.objects.get()


def test_the_queue_and_the_list(actor, detector, case, rest_client):
    desk.decide(detector, customer="rich@example.org", amount=9_000.0)
    person = rest_client(actor)
    told = person.get(f"{ROOT}:queue").json()
    assert told["waiting"] == 2
    assert [row["number"] for row in told["results"]] == [2, 1]
    assert told["results"][0]["is_late"] in {True, False}
    assert person.get(f"{ROOT}:queue?mine=true").json()["waiting"] == 0
    assert len(person.get(f"{ROOT}/?state=open").json()["results"]) == 2
    assert person.get(f"{ROOT}/?state=lost").status_code == 400


def test_a_case_is_masked_until_revealed(actor, organisation, case, rest_client):
    analyst = rest_client(factories.actor(organisation, Role.ANALYST))
    found = analyst.get(f"{ROOT}/{case.pk}/").json()
    (payment,) = found["payments"]
    assert (found["revealed"], payment["event"]["customer"]) == (False, "••••.org")
    assert payment["event"]["amount"] == 100.0
    assert (
        analyst.post(f"{ROOT}/{case.pk}/reveal", {"reason": "x"}, format="json").status_code == 400
    )
    body = {"reason": "customer calls"}
    shown = analyst.post(f"{ROOT}/{case.pk}/reveal", body, format="json").json()
    assert shown["payments"][0]["event"]["customer"] == "alice@example.org"
    assert analyst.get(f"{ROOT}/{case.pk}/").json()["revealed"] is True
    viewer = rest_client(factories.actor(organisation, Role.VIEWER))
    assert "alice" not in viewer.get(f"{ROOT}/{case.pk}/").content.decode()
    assert viewer.post(f"{ROOT}/{case.pk}/reveal", body, format="json").status_code == 403


def test_work_on_a_case(actor, case, rest_client):
    person, path = rest_client(actor), f"{ROOT}/{case.pk}"
    assert (
        person.post(f"{path}/assign", {"member": actor.user.email}, format="json").json()[
            "assignee"
        ]
        == actor.user.email
    )
    assert person.post(f"{path}/notes", {"text": "rang"}, format="json").status_code == 201
    made = person.generic(
        "POST", f"{path}/attachments?name=letter.txt", b"dear all", content_type="text/plain"
    )
    assert made.status_code == 201, made.content
    got = person.get(f"{path}/attachments/{made.json()['id']}/")
    assert (got.content, got["Content-Type"]) == (b"dear all", "text/plain")
    found = person.get(f"{path}/").json()
    assert found["notes"][0]["text"] == "rang"
    assert found["attachments"][0]["name"] == "letter.txt"
    big = b"x" * (10 * 2**20 + 1)
    refused = person.generic("POST", f"{path}/attachments?name=b", big, content_type="text/plain")
    assert refused.status_code == 400
    closed = person.post(f"{path}/close", {"outcome": "unclear"}, format="json").json()
    assert (closed["state"], closed["closed_by"]) == ("closed", actor.user.email)
    assert person.post(f"{path}/reopen", {}, format="json").status_code == 409
    assert person.post(f"{path}/confirm").status_code == 409


def test_many_cases_are_closed_at_once(actor, detector, case, rest_client):
    desk.decide(detector, customer="b")
    ids = [str(each.pk) for each in Case.objects.all()]
    body = {"cases": ids, "outcome": "unclear", "reason": "test run"}
    done = rest_client(actor).post(f"{ROOT}:close", body, format="json").json()
    assert [row["state"] for row in done["results"]] == ["closed", "closed"]


def test_timeline_links_and_report(actor, case, rest_client):
    person, path = rest_client(actor), f"{ROOT}/{case.pk}"
    assert person.get(f"{path}/timeline").json()["results"][0]["in_case"] is True
    assert len(person.get(f"{path}/links").json()["nodes"]) == 3
    person.post(f"{path}/notes", {"text": "客户打电话 <b>&amp;"}, format="json")
    paper = person.get(f"{path}/report")
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    assert b"%%EOF" in paper.content[-32:]


def test_another_organisation_finds_no_case(stranger, case, rest_client):
    other, path = rest_client(stranger), f"{ROOT}/{case.pk}"
    assert other.get(f"{ROOT}:queue").json()["waiting"] == 0
    for verb in ("", "timeline", "links", "report"):
        assert other.get(f"{path}/{verb}").status_code == 404
    for verb, body in (
        ("assign", {"member": ""}),
        ("notes", {"text": "x"}),
        ("reveal", {"reason": "because"}),
        ("close", {"outcome": "fraud"}),
        ("confirm", {}),
        ("reopen", {}),
    ):
        assert other.post(f"{path}/{verb}", body, format="json").status_code == 404, verb
    assert (
        other.post(f"{path}/attachments?name=x", "x", content_type="text/plain").status_code == 404
    )
