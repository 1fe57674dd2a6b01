"""Rules, lists and policy: written, tested, watched, let count by two persons, and hit."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.fraud.engine import ruling
from apps.fraud.engine.live import rulebook
from apps.fraud.errors import (
    ChangeDecidedError,
    RuleExistsError,
    RuleInvalidError,
    RuleNotFoundError,
    RuleTestFailedError,
)
from apps.fraud.models import Change, ListEntry, Outcome, Rule
from apps.fraud.selectors import rules as reads
from apps.fraud.services import changes, deciding, lists, policies, rules
from platform_core.accounts.api import Role
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError, PermissionDeniedError
from platform_core.vault import api as vault
from tests import factories
from tests.apps.fraud import desk

pytestmark = pytest.mark.django_db
TEXT = "amount > 3 * customer_mean_7d and not (country == 'DE')"


@pytest.fixture
def analyst(organisation):
    return factories.actor(organisation, Role.ANALYST)


@pytest.fixture
def engineer(organisation):
    return factories.actor(organisation, Role.ML_ENGINEER)


@pytest.fixture
def detector(analyst):
    return desk.detector_of_data(analyst)


def written(actor, detector, name="abroad", text=TEXT, action="decline"):
    wording = ruling.wording(actor=actor, detector=detector, body={"text": text, "action": action})
    return rules.create_rule(actor=actor, detector=detector, name=name, wording=wording)


def alone(organisation):
    changes.set_work_rule(
        actor=factories.actor(organisation, Role.OWNER),
        second_person=False,
        four_eyes_from=None,
        service_hours=24,
    )


def book(detector):
    detector.refresh_from_db()
    return rulebook.of(detector, detector.sequence)


EVENT = {"amount": 100.0, "customer_mean_7d": 10.0, "country": "FR"}


def test_a_rule_is_kept_as_the_language_writes_it(analyst, detector):
    rule = written(analyst, detector)
    assert rule.mode == Rule.Mode.OFF
    version = reads.get_version(rule=rule, number=1)
    assert version.text == 'amount > 3 * customer_mean_7d and not country == "DE"'
    assert version.kinds["country"] == "string"
    assert audit.entries(actor=factories.actor(analyst.organisation)).filter(
        action="fraud.rule_written"
    )


def test_a_rule_that_cannot_be_read_says_where(analyst, detector):
    with pytest.raises(RuleInvalidError) as refusal:
        written(analyst, detector, text="amuont > 3")
    assert refusal.value.extra["column"] == 1
    assert refusal.value.extra["suggestion"] == "amount"


def test_names_are_taken_once(analyst, detector):
    written(analyst, detector)
    with pytest.raises(RuleExistsError):
        written(analyst, detector)


def test_a_viewer_writes_no_rules(organisation, detector):
    viewer = factories.actor(organisation, Role.VIEWER)
    with pytest.raises(PermissionDeniedError):
        written(viewer, detector)


def test_another_organisation_sees_no_rule(analyst, detector):
    rule = written(analyst, detector)
    stranger = factories.actor()
    with pytest.raises(RuleNotFoundError):
        reads.get_rule(actor=stranger, detector=detector, rule_id=str(rule.pk))


def test_a_rule_counts_once_a_second_person_agrees(analyst, engineer, detector):
    rule = written(analyst, detector)
    change = ruling.set_mode(actor=analyst, rule=rule, number=1, mode="active")
    assert change.state == Change.State.OPEN
    assert book(detector).rule_hits(EVENT) == ()
    with pytest.raises(PermissionDeniedError):
        changes.approve(actor=analyst, detector=detector, change_id=str(change.pk))
    changes.approve(actor=engineer, detector=detector, change_id=str(change.pk))
    (hit,) = book(detector).rule_hits(EVENT)
    assert (hit.name, hit.action, hit.shadow) == ("abroad", Outcome.DECLINE, False)
    assert book(detector).rules_version == "1"
    with pytest.raises(ChangeDecidedError):
        changes.approve(actor=engineer, detector=detector, change_id=str(change.pk))


def test_who_asks_cannot_approve_but_withdraw(engineer, detector):
    rule = written(engineer, detector)
    change = ruling.set_mode(actor=engineer, rule=rule, number=1, mode="active")
    again = ruling.set_mode(actor=engineer, rule=rule, number=1, mode="active")
    assert again.pk == change.pk
    with pytest.raises(ChangeDecidedError):
        changes.approve(actor=engineer, detector=detector, change_id=str(change.pk))
    ended = changes.decline(actor=engineer, detector=detector, change_id=str(change.pk))
    assert ended.state == Change.State.WITHDRAWN
    assert book(detector).rules == ()


def test_a_shadow_needs_nobody_else_and_changes_nothing(analyst, detector):
    rule = written(analyst, detector)
    change = ruling.set_mode(actor=analyst, rule=rule, number=1, mode="shadow")
    assert change.state == Change.State.APPROVED
    hits = book(detector).rule_hits(EVENT)
    assert hits[0].shadow
    ruled = deciding.decide(
        score=0.1, rule_hits=hits, list_hits=(), policy=deciding.Policy(), amount=1
    )
    assert ruled.outcome == Outcome.APPROVE


def test_an_active_rule_ceases_only_by_two_persons(organisation, engineer, analyst, detector):
    alone(organisation)
    rule = written(engineer, detector)
    assert ruling.set_mode(actor=engineer, rule=rule, number=1, mode="active").state == "approved"
    off = ruling.set_mode(actor=analyst, rule=rule, number=1, mode="off")
    assert off.state == Change.State.OPEN  # an analyst may not approve, even alone
    with pytest.raises(InvalidInputError, match="still counts"):
        rules.delete_rule(actor=engineer, rule=rule)
    ruling.set_mode(actor=engineer, rule=rule, number=1, mode="off")
    rules.delete_rule(actor=engineer, rule=rule)
    assert reads.rule_sets(actor=engineer, detector=detector).count() == 2


def test_a_version_that_fails_its_tests_does_not_count(organisation, engineer, detector):
    alone(organisation)
    rule = written(engineer, detector)
    rules.add_test(actor=engineer, rule=rule, name="abroad", event=EVENT, holds=True)
    home = {**EVENT, "country": "DE"}
    rules.add_test(actor=engineer, rule=rule, name="at home", event=home, holds=False)
    assert ruling.set_mode(actor=engineer, rule=rule, number=1, mode="active").state == "approved"
    looser = ruling.wording(
        actor=engineer, detector=detector, body={"text": "amount > 1", "action": "review"}
    )
    second = rules.add_version(actor=engineer, rule=rule, wording=looser)
    with pytest.raises(RuleTestFailedError, match="at home"):
        ruling.set_mode(actor=engineer, rule=rule, number=2, mode="active")
    passed = {each["name"]: each["passed"] for each in ruling.try_tests(version=second)}
    assert passed == {"abroad": True, "at home": False}
    assert book(detector).rule_hits({**EVENT, "country": "DE"}) == ()


def test_hits_are_counted_beside_what_turned_out(organisation, engineer, detector):
    alone(organisation)
    rule = written(engineer, detector)
    ruling.set_mode(actor=engineer, rule=rule, number=1, mode="active")
    hits = book(detector).rule_hits(EVENT)
    decisions = [desk.decide(detector, hits=hits, outcome="decline") for _ in range(3)]
    for decision, fraud in zip(decisions, (True, False), strict=False):
        detector.labels.create(
            organisation=organisation, event_id=decision.event_id, is_fraud=fraud
        )
    found = reads.statistics(rule=rule, since=desk.START)
    assert (found["hits"], found["frauds"], found["genuine"]) == (3, 1, 1)
    assert found["precision"] == 0.5


def test_lists_block_allow_and_watch_until_they_expire(analyst, detector):
    until = timezone.now() + timedelta(hours=1)
    new = lists.NewEntries("block", "card", ["4000", " 4000 ", "4001"], "stolen", until)
    made = lists.add_entries(actor=analyst, detector=detector, entries=new)
    assert sorted(entry.value for entry in made) == ["4000", "4001"]
    assert made[0].key not in {"4000", "4001"}
    sealer = vault.sealer(detector.data_key_id)
    keys = ["", lists.key_of(sealer, "card", "4000"), lists.key_of(sealer, "terminal", "4000")]
    found = book(detector)
    (hit,) = found.list_hits(detector.entities, keys, timezone.now())
    assert (hit.list, hit.entity) == ("block", "card")
    assert found.list_hits(detector.entities, keys, until) == ()
    lists.remove_entry(actor=analyst, entry=ListEntry.objects.get(pk=hit.entry))
    assert book(detector).list_hits(detector.entities, keys, timezone.now()) == ()


def test_long_lists_are_asked_of_the_database(analyst, detector, monkeypatch):
    monkeypatch.setattr(rulebook, "_HELD_ENTRIES", 1)
    new = lists.NewEntries("watch", "customer", ["a", "b"])
    lists.add_entries(actor=analyst, detector=detector, entries=new)
    keys = [lists.key_of(vault.sealer(detector.data_key_id), "customer", "b"), "", ""]
    assert book(detector).entries is None
    (hit,) = book(detector).list_hits(detector.entities, keys, timezone.now())
    assert hit.list == "watch"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"list": "grey"}, "list"),
        ({"entity": "country"}, "entity"),
        ({"values": []}, "values"),
        ({"values": ["x" * 201]}, "values"),
        ({"values": [str(n) for n in range(1_001)]}, "values"),
        ({"expires_at": desk.START - timedelta(days=9_000)}, "expires_at"),
    ],
)
def test_list_entries_are_checked(analyst, detector, changed, field):
    told = {"list": "block", "entity": "card", "values": ["1"], **changed}
    with pytest.raises(InvalidInputError) as refusal:
        lists.add_entries(actor=analyst, detector=detector, entries=lists.NewEntries(**told))
    assert refusal.value.extra["field"] == field


def test_a_policy_decides_once_a_second_person_agrees(analyst, engineer, detector):
    first = policies.create_version(
        actor=analyst, detector=detector, body={"challenge": None, "review": 0.1, "decline": 0.2}
    )
    change = policies.activate(actor=analyst, detector=detector, number=first.number)
    assert book(detector).policy == deciding.Policy()
    changes.approve(actor=engineer, detector=detector, change_id=str(change.pk))
    assert book(detector).policy.decline == 0.2
    assert book(detector).policy_version == "1"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"challenge": 0.9, "review": 0.5}, "review"),
        ({"decline": 1.5}, "decline"),
        ({"review_cost": -1}, "review_cost"),
        ({"loss_share": float("nan")}, "loss_share"),
        ({"fallback": "maybe"}, "fallback"),
        ({"by_cost": 1}, "by_cost"),
        ({"limit": 1}, "limit"),
    ],
)
def test_a_policy_is_checked(analyst, detector, body, field):
    with pytest.raises(InvalidInputError) as refusal:
        policies.create_version(actor=analyst, detector=detector, body=body)
    assert refusal.value.extra["field"] == field


def test_only_owners_say_how_people_work(analyst):
    with pytest.raises(PermissionDeniedError):
        changes.set_work_rule(
            actor=analyst, second_person=False, four_eyes_from=None, service_hours=1
        )
