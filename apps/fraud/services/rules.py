"""Writes rules, their versions and tests; conditions come already read: see engine.ruling."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from apps.fraud.errors import RuleExistsError, TooManyError
from apps.fraud.models import Change, Detector, Rule, RuleTest, RuleVersion
from apps.fraud.models.decisions import Outcome
from apps.fraud.models.rules import MAX_RULE_NAME
from apps.fraud.selectors import rules as reads
from apps.fraud.services import changes, standing
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError

MAX_RULES, MAX_VERSIONS, MAX_TESTS = 200, 500, 50


@dataclass(frozen=True)
class Wording:
    """A condition that was read and checked, and what it asks for.

    Attributes:
        text: as the language writes it.
        kinds: field -> kind of the fields it reads.
        action: one of Outcome.
        note: why it was written.
    """

    text: str
    kinds: Mapping[str, str]
    action: str
    note: str = ""


@transaction.atomic
def create_rule(*, actor: Actor, detector: Detector, name: str, wording: Wording) -> Rule:
    """Write a rule with its first version; it is off.

    Raises:
        InvalidInputError: name or action is malformed.
        RuleExistsError, TooManyError.
    """
    actor.require("rule.manage")
    _check_name(name)
    locked = standing.lock(detector)
    if locked.rules.count() >= MAX_RULES:
        raise TooManyError(f"“{detector.name}” has {MAX_RULES} rules.", remedy="Delete one first.")
    rule = Rule(organisation=actor.organisation, detector=locked, name=name)
    _insert(rule, f"“{detector.name}” has a rule “{name}”.")
    _write(actor, rule, wording, 1)
    return rule


@transaction.atomic
def add_version(*, actor: Actor, rule: Rule, wording: Wording) -> RuleVersion:
    """Write a further version; the live one stays until the new one is given a mode.

    Raises:
        InvalidInputError: the action is malformed.
        TooManyError.
    """
    actor.require("rule.manage")
    standing.lock(rule.detector)
    last = rule.versions.order_by("-number").first()
    number = last.number + 1 if last else 1
    if number > MAX_VERSIONS:
        raise TooManyError(f"“{rule.name}” has {MAX_VERSIONS} versions.", remedy="Make a new rule.")
    return _write(actor, rule, wording, number)


@transaction.atomic
def set_mode(*, actor: Actor, rule: Rule, number: int, mode: str, reason: str = "") -> Change:
    """Let a version count, be watched, or rest; what begins or ceases to count may take two persons.

    Raises:
        InvalidInputError: unknown mode.
        RuleNotFoundError: no such version.
    """
    actor.require("rule.manage")
    if mode not in Rule.Mode.values:
        raise InvalidInputError(f"A rule is {', '.join(Rule.Mode.values)}.", field="mode")
    locked = standing.lock(rule.detector)
    rule = Rule.objects.get(pk=rule.pk)
    reads.get_version(rule=rule, number=number)
    asked = changes.Asked(Change.Kind.RULE, number, rule, mode, reason)
    if Rule.Mode.ACTIVE in {mode, rule.mode}:
        return changes.ask(actor=actor, detector=locked, asked=asked)
    return changes.carry_out_alone(actor=actor, detector=locked, asked=asked)


@transaction.atomic
def delete_rule(*, actor: Actor, rule: Rule) -> None:
    """Delete a rule that is off, with its versions and tests; sets and decisions keep its words.

    Raises:
        InvalidInputError: it still counts or is watched.
    """
    actor.require("rule.manage")
    standing.lock(rule.detector)
    rule = Rule.objects.select_related("detector").get(pk=rule.pk)
    if rule.mode != Rule.Mode.OFF:
        raise InvalidInputError(
            f"“{rule.name}” still counts or is watched.",
            remedy="Switch it off first.",
            field="mode",
        )
    _journal(actor, rule, "fraud.rule_deleted", {})
    rule.delete()


@transaction.atomic
def add_test(
    *, actor: Actor, rule: Rule, name: str, event: Mapping[str, Any], holds: bool
) -> RuleTest:
    """Keep an event and what the rule must say of it.

    Raises:
        InvalidInputError, RuleExistsError, TooManyError.
    """
    actor.require("rule.manage")
    _check_name(name)
    if rule.tests.count() >= MAX_TESTS:
        raise TooManyError(f"“{rule.name}” has {MAX_TESTS} tests.", remedy="Delete one first.")
    made = RuleTest(
        organisation=actor.organisation, rule=rule, name=name, event=dict(event), holds=holds
    )
    _insert(made, f"“{rule.name}” has a test “{name}”.")
    _journal(actor, rule, "fraud.rule_test_added", {"test": name})
    return made


@transaction.atomic
def delete_test(*, actor: Actor, test: RuleTest) -> None:
    """Forget a test."""
    actor.require("rule.manage")
    _journal(actor, test.rule, "fraud.rule_test_deleted", {"test": test.name})
    test.delete()


def _write(actor: Actor, rule: Rule, wording: Wording, number: int) -> RuleVersion:
    if wording.action not in Outcome.values:
        raise InvalidInputError(f"A rule asks for {', '.join(Outcome.values)}.", field="action")
    made = RuleVersion.objects.create(
        organisation=actor.organisation,
        rule=rule,
        number=number,
        text=wording.text,
        kinds=dict(wording.kinds),
        action=wording.action,
        note=" ".join(wording.note.split())[: changes.MAX_REASON],
        made_by=actor.user,
    )
    told = {"number": number, "action": wording.action, "text": wording.text}
    _journal(actor, rule, "fraud.rule_written", told)
    return made


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= MAX_RULE_NAME or "\0" in name:
        raise InvalidInputError(f"A name has 1 to {MAX_RULE_NAME} characters.", field="name")


def _insert(row: Rule | RuleTest, taken: str) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise RuleExistsError(taken, remedy="Choose another name.", field="name") from None


def _journal(actor: Actor, rule: Rule, action: str, details: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"detector:{rule.detector_id}",
        details={"detector": rule.detector.name, "rule": rule.name, **details},
    )
