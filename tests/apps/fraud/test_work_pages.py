"""Pages on which people work: rules, lists, policy, cases."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.fraud.models import BackTest, Case, Change, Detector, Label, ListEntry, Rule
from apps.fraud.services import costing
from apps.fraud.services.deciding import Policy
from platform_core.accounts.api import Actor, Role
from platform_core.audit import api as audit
from tests import factories
from tests.apps.fraud import desk

ROOT = "/fraud/"
TABS = ("rules/", "lists/", "policy/", "cases/", "api/")
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(page_client: Callable[[Actor], Client], actor: Actor) -> Client:
    return page_client(actor)


@pytest.fixture
def colleague(page_client: Callable[[Actor], Client], actor: Actor) -> Client:
    return page_client(factories.actor(actor.organisation, Role.ML_ENGINEER))


@pytest.fixture
def cards(actor: Actor) -> Detector:
    return desk.detector(actor, name="cards")


def html(client: Client, path: str, status: int = 200, **asked: str) -> str:
    page = client.get(ROOT + path, asked)
    assert page.status_code == status, page.content.decode()[-800:]
    return page.content.decode()


@pytest.mark.parametrize("path", TABS)
def test_every_tab_has_an_empty_state(client: Client, path: str):
    assert "/fraud/train/" in html(client, path)


@pytest.mark.parametrize("path", TABS)
def test_every_tab_shows_a_detector_without_anything(client: Client, cards: Detector, path: str):
    html(client, path, detector=cards.name)


@pytest.mark.parametrize("path", TABS)
def test_another_organisations_detector_is_not_found(
    page_client: Callable[[Actor], Client], stranger: Actor, cards: Detector, path: str
):
    html(page_client(stranger), path, status=404, detector=cards.name)


def test_a_rule_is_written_corrected_watched_and_counts_after_a_second_person(
    client: Client, colleague: Client, cards: Detector
):
    new = f"{ROOT}rules/cards/"
    written = {"name": "Large", "text": "amuont > 500", "action": "review"}
    wrong = client.post(new, written)
    assert wrong.status_code == 422
    assert "amount" in wrong.content.decode()
    assert wrong.context["fault"]["at"] == "a"
    checked = client.post(f"{new}check/", {"text": "amount > and 5"}).content.decode()
    assert "<mark>" in checked
    assert "amount" in client.post(f"{new}check/", {"text": "amount > 5"}).content.decode()
    answer = client.post(new, {**written, "text": "amount > 500"})
    rule = Rule.objects.get()
    one = f"{ROOT}rules/cards/{rule.pk}/"
    assert answer["Location"] == one
    client.post(f"{one}mode/", {"number": "1", "mode": "shadow"})
    client.post(one, {"text": "amount > 600", "action": "decline"})
    client.post(f"{one}mode/", {"number": "2", "mode": "active"})
    rule.refresh_from_db()
    assert (rule.mode, rule.live) == ("shadow", 1)
    change = Change.objects.get(state="open")
    assert "Withdraw" in html(client, "rules/", detector="cards")
    assert "Approve change" in html(colleague, "rules/", detector="cards")
    approve = f"{ROOT}changes/cards/{change.pk}/"
    assert client.post(approve).status_code == 409
    colleague.post(approve)
    rule.refresh_from_db()
    assert (rule.mode, rule.live) == ("active", 2)
    assert "amount &gt; 600" in html(client, "rules/", detector="cards")
    assert client.post(f"{one}delete/").status_code == 400


def test_a_back_test_is_asked_for_and_its_result_drawn(client: Client, actor: Actor):
    found = desk.detector_of_data(actor, name="cards")
    client.post(f"{ROOT}rules/cards/", {"name": "L", "text": "amount > 5", "action": "review"})
    rule = Rule.objects.get()
    answer = client.post(f"{ROOT}back-tests/cards/", {"rules": [str(rule.pk)], "on": ""})
    made = BackTest.objects.get(detector=found)
    assert answer["Location"] == f"{ROOT}back-tests/cards/{made.pk}/"
    assert "hx-get" in html(client, f"back-tests/cards/{made.pk}/")
    told = {
        "hits": 3,
        "frauds": 2,
        "genuine": 1,
        "unknown": 0,
        "precision": 2 / 3,
        "recall": 0.5,
        "fraud_amount": 90.0,
        "genuine_amount": 10.0,
        "days": {"hits": [1, 2], "frauds": [1, 1]},
    }
    each = {**told, "only": 2, "name": "L", "text": "amount > 5", "action": "review"}
    made.result = {
        "events": 60,
        "frauds": 4,
        "fraud_amount": 400.0,
        "rules": [each],
        "together": told,
        "steps": [1_760_000_000, 1_760_086_400],
        "step_s": 86_400,
    }
    made.save()
    shown = html(client, f"back-tests/cards/{made.pk}/")
    assert "66.7" in shown
    assert "stops the largest amount of fraud" in shown


def test_values_are_listed_masked_and_removed(client: Client, cards: Detector):
    page = f"{ROOT}lists/?detector=cards"
    told = {"list": "block", "entity": "card", "values": "4000001234567899\n4000001234567000"}
    client.post(page, {**told, "reason": "stolen"})
    assert ListEntry.objects.count() == 2
    shown = html(client, "lists/", detector="cards")
    assert "4000001234567899" not in shown
    assert "••••7899" in shown
    refused = client.post(page, {**told, "expires_at": "2020-01-01T00:00"})
    assert refused.status_code == 422
    assert "expires_at" in refused.context["form"].errors
    for entry in ListEntry.objects.all():
        client.post(f"{ROOT}lists/cards/{entry.pk}/")
    assert ListEntry.objects.count() == 0


def test_a_policy_is_previewed_asked_for_and_approved(
    client: Client, colleague: Client, actor: Actor, cards: Detector
):
    for number in range(60):
        made = desk.decide(cards, outcome="approve", score=number / 60, amount=100.0)
        Label.objects.create(
            organisation=actor.organisation,
            detector=cards,
            event_id=made.event_id,
            is_fraud=number >= 50,
        )
    body = {**Policy().body(), "challenge": "", "review": "0.8", "decline": "0.9", "reason": "x"}
    body = {name: value for name, value in body.items() if name != "by_cost"}
    seen = client.post(f"{ROOT}policy/cards/", body)
    assert seen.context["effect"]["is_known"]
    rows = {row[0]["value"]: row[1:] for row in seen.context["effect"]["rows"]}
    assert rows["challenge"] == (18, 0)
    client.post(f"{ROOT}policy/?detector=cards", body)
    change = Change.objects.get()
    assert change.state == "open"
    colleague.post(f"{ROOT}changes/cards/{change.pk}/")
    assert "Version 1 decides" in html(client, "policy/", detector="cards")
    wrong = client.post(f"{ROOT}policy/?detector=cards", {**body, "decline": "0.1"})
    assert wrong.status_code == 422
    assert "decline" in wrong.context["form"].errors
    sample = costing.sample(detector=cards)
    best = {each.outcome: each.best for each in costing.curves(sample, Policy())}
    assert 0.8 < best["decline"][0] <= 0.84  # all ten frauds score 50/60 and above
    assert best["decline"][1] == 0.0


def test_a_case_is_worked_from_queue_to_outcome(
    client: Client, page_client: Callable[[Actor], Client], actor: Actor, cards: Detector
):
    desk.decide(cards, outcome="approve")
    for amount in (100.0, 200.0):
        desk.decide(cards, outcome="review", amount=amount)
    case = Case.objects.get()
    one = f"{ROOT}cases/{case.pk}/"
    assert one in html(client, "cases/")
    masked = html(client, f"cases/{case.pk}/")
    assert "alice@example.org" not in masked
    assert "<svg viewBox" in masked
    client.post(f"{one}assign/", {"to": "me"})
    assert one in html(client, "cases/", show="mine")
    client.post(f"{one}notes/", {"text": "Called the customer."})
    assert client.post(f"{one}reveal/", {"reason": ""}).status_code == 400
    client.post(f"{one}reveal/", {"reason": "Customer asked to be called back"})
    shown = html(client, f"cases/{case.pk}/")
    assert "alice@example.org" in shown
    assert "Called the customer." in shown
    assert "fraud.case.revealed" in audit.entries(actor=actor).values_list("action", flat=True)
    other = page_client(factories.actor(actor.organisation))
    assert "alice@example.org" not in html(other, f"cases/{case.pk}/")
    assert client.get(f"{one}report/").content.startswith(b"%PDF")
    client.post(f"{one}close/", {"outcome": "unclear"})
    assert "Unclear" in html(client, "cases/", show="closed")
    assert one not in html(client, "cases/")


def test_another_organisation_sees_no_case(
    page_client: Callable[[Actor], Client], stranger: Actor, cards: Detector
):
    desk.decide(cards, outcome="review")
    case = Case.objects.get()
    other = page_client(stranger)
    assert str(case.pk) not in html(other, "cases/")
    html(other, f"cases/{case.pk}/", status=404)
    html(other, f"cases/{case.pk}/report/", status=404)
    assert other.post(f"{ROOT}cases/{case.pk}/notes/", {"text": "x"}).status_code == 404
