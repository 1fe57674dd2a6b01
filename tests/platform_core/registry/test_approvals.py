"""Aliases of one's own, second persons, notes."""

import pytest

from platform_core.accounts.api import Role
from platform_core.errors import PermissionDeniedError
from platform_core.registry import api, approvals, services
from platform_core.registry.errors import PromotionDecidedError
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(actor):
    return factories.actor(actor.organisation, Role.ML_ENGINEER)


@pytest.fixture
def guarded(actor, three):
    """Three versions, the second champion, in an organisation that asks a second person."""
    approvals.set_rule(actor=actor, second_person=True)
    return three


def _champion(actor, version):
    return api.aliases(actor=actor, model=version.model)["champion"].number


def test_an_alias_can_have_any_name_and_go_again(actor, three):
    model = three[0].model
    api.set_alias(actor=actor, model=model, alias="blue-green_2", version=three[2])
    found = api.resolve(organisation=actor.organisation, name=model.name, reference="blue-green_2")
    assert found == three[2]
    api.remove_alias(actor=actor, model=model, alias="blue-green_2")
    with pytest.raises(api.AliasNotFoundError):
        api.resolve(organisation=actor.organisation, name=model.name, reference="blue-green_2")
    kinds = [row.kind for row in api.alias_history(actor=actor, model=model)[:2]]
    assert kinds == ["removed", "set"]


@pytest.mark.parametrize("name", ["", "7", "Über", "a" * 21, "a b", "a/b", "-a", "a\n"])
def test_a_malformed_alias_is_refused_in_words(actor, three, name):
    with pytest.raises(api.AliasInvalidError, match="not an alias"):
        api.set_alias(actor=actor, model=three[0].model, alias=name, version=three[0])


def test_a_model_has_at_most_twenty_aliases(actor, three):
    for number in range(19):
        api.set_alias(actor=actor, model=three[0].model, alias=f"a{number}", version=three[0])
    with pytest.raises(api.AliasInvalidError, match="20 aliases"):
        api.set_alias(actor=actor, model=three[0].model, alias="one-more", version=three[0])


def test_a_roll_back_forgets_what_was_before_a_removal(actor, three):
    model = three[0].model
    api.set_alias(actor=actor, model=model, alias="blue", version=three[0])
    api.remove_alias(actor=actor, model=model, alias="blue")
    api.set_alias(actor=actor, model=model, alias="blue", version=three[1])
    assert api.previous_target(model=model, alias="blue") is None


def test_without_the_rule_one_person_promotes(actor, three):
    assert isinstance(api.promote(actor=actor, version=three[2]), api.Alias)
    assert _champion(actor, three[0]) == 3


def test_a_change_of_champion_waits_for_a_second_person(actor, colleague, guarded):
    asked = api.promote(actor=actor, version=guarded[2], reason="better")
    assert isinstance(asked, api.PromotionRequest)
    assert _champion(actor, guarded[0]) == 2
    with pytest.raises(PromotionDecidedError, match="cannot approve"):
        approvals.approve(actor=actor, model=guarded[0].model, request_id=asked.pk)

    approvals.approve(actor=colleague, model=guarded[0].model, request_id=asked.pk)

    assert _champion(actor, guarded[0]) == 3
    with pytest.raises(PromotionDecidedError, match="already"):
        approvals.approve(actor=colleague, model=guarded[0].model, request_id=asked.pk)


def test_no_way_around_the_second_person(actor, guarded):
    with pytest.raises(api.ApprovalNeededError):
        api.set_alias(actor=actor, model=guarded[0].model, alias="champion", version=guarded[2])
    with pytest.raises(api.ApprovalNeededError):
        api.remove_alias(actor=actor, model=guarded[0].model, alias="champion")


def test_other_aliases_first_champions_and_roll_backs_do_not_wait(actor, guarded):
    model = guarded[0].model
    api.set_alias(actor=actor, model=model, alias="challenger", version=guarded[2])
    api.roll_back_alias(actor=actor, model=model, alias="champion")
    assert _champion(actor, guarded[0]) == 1


def test_asking_twice_is_one_request(actor, guarded):
    assert api.promote(actor=actor, version=guarded[2]) == api.promote(
        actor=actor, version=guarded[2]
    )


def test_who_asked_withdraws_and_others_decline(actor, colleague, guarded):
    model = guarded[0].model
    first = api.promote(actor=actor, version=guarded[2])
    assert approvals.decline(actor=actor, model=model, request_id=first.pk).state == "withdrawn"
    second = api.promote(actor=actor, version=guarded[2])
    assert approvals.decline(actor=colleague, model=model, request_id=second.pk).state == "declined"
    assert _champion(actor, guarded[0]) == 2


def test_only_owners_set_the_rule(colleague):
    with pytest.raises(PermissionDeniedError):
        approvals.set_rule(actor=colleague, second_person=True)


def test_programs_ask_approve_and_read(client, actor, colleague, three):
    mine, theirs = (
        {"Authorization": f"Bearer {factories.api_key(each)}"} for each in (actor, colleague)
    )
    json = {"content_type": "application/json"}
    rule = client.put("/api/v1/promotion-rule/", {"second_person": True}, headers=mine, **json)
    assert rule.json() == {"second_person": True}
    path = f"/api/v1/models/{three[0].model.name}"
    asked = client.post(f"{path}/aliases/champion/", {"version": 3}, headers=mine, **json)
    assert (asked.status_code, asked.json()["state"]) == (202, "open")
    place = f"{path}/promotions/{asked.json()['id']}/"
    assert client.post(place, headers=mine).status_code == 409
    assert client.post(place, headers=theirs).json()["version"] == 3
    listed = client.get(f"{path}/promotions/", headers=mine).json()["results"]
    assert [each["state"] for each in listed] == ["approved"]
    assert client.delete(f"{path}/aliases/nothing/", headers=mine).status_code == 404


def test_the_page_shows_the_request_to_the_right_people(client, actor, colleague, guarded):
    name = guarded[0].model.name
    asked = api.promote(actor=actor, version=guarded[2])
    client.force_login(actor.user)
    assert "Withdraw" in client.get(f"/models/{name}/").content.decode()
    client.force_login(colleague.user)
    assert "Approve" in client.get(f"/models/{name}/").content.decode()
    client.post(f"/models/{name}/promotions/{asked.pk}/", {"decision": "approve"})
    assert _champion(actor, guarded[0]) == 3


def test_notes_are_written_by_people_and_shown(client, actor, version):
    client.force_login(actor.user)
    place = f"/models/{version.model.name}/versions/1/"
    client.post(f"{place}notes/", {"notes": "Not for <b>loans</b>."})
    page = client.get(place).content.decode()
    assert "Not for &lt;b&gt;loans&lt;/b&gt;." in page
    with pytest.raises(api.FactsInvalidError):
        services.write_notes(actor=actor, version=version, notes="x" * 20_001)
