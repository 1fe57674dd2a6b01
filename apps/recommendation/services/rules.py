"""Makes and deletes the business rules every answer of a recommender follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from apps.recommendation import selectors
from apps.recommendation.errors import RuleExistsError, TooManyError
from apps.recommendation.models import Recommender, Rule
from apps.recommendation.services import predictions
from apps.recommendation.services.asking import ready
from apps.recommendation.services.bounds import MAX_RULES, check_json
from apps.recommendation.services.questions import Question
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError

MAX_NAME = 80


@dataclass(frozen=True)
class NewRule:
    """A rule to make; see models.Rule.

    Attributes:
        name: unique within the recommender.
        action: one of Rule.Action.
        body: what the action needs.
        starts_at, ends_at: the period it is active; None = always.
    """

    name: str
    action: str
    body: Mapping[str, Any] = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def create_rule(*, actor: Actor, name: str, rule: NewRule) -> Rule:
    """Check a rule against the serving version and follow it from now on.

    Raises:
        RecommenderNotFoundError, RecommenderNotReadyError: there is nothing to check it against.
        InvalidInputError: name or period is malformed.
        PredictionRefusedError: the rule is malformed, or about an attribute that does not exist.
        RuleExistsError, TooManyError.
    """
    actor.require("rule.manage")
    _check(rule)
    recommender = ready(actor=actor, name=name)
    if recommender.rules.count() >= MAX_RULES:
        raise TooManyError(f"“{name}” has {MAX_RULES} rules.", remedy="Delete one first.")
    made = Rule(
        organisation=actor.organisation,
        recommender=recommender,
        name=rule.name,
        action=rule.action,
        body=dict(rule.body),
        starts_at=rule.starts_at,
        ends_at=rule.ends_at,
    )
    trial = Question(k=1, rules=[made.told()], standing_rules=False)
    predictions.recommend(actor=actor, name=name, user=predictions.NEW_VISITOR, question=trial)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            _changed(actor, recommender, made, "recommender.rule_created")
    except IntegrityError:
        raise RuleExistsError(
            f"“{name}” has a rule “{rule.name}”.", remedy="Choose another name.", field="name"
        ) from None
    return made


def delete_rule(*, actor: Actor, name: str, rule_id: str) -> None:
    """Follow a rule no more.

    Raises:
        RecommenderNotFoundError, RuleNotFoundError.
    """
    actor.require("rule.manage")
    rule = selectors.get_rule(actor=actor, name=name, rule_id=rule_id)
    with transaction.atomic():
        _changed(actor, rule.recommender, rule, "recommender.rule_deleted")
        rule.delete()


def _check(rule: NewRule) -> None:
    if not 1 <= len(rule.name) <= MAX_NAME or "\0" in rule.name:
        raise InvalidInputError(f"A rule's name has 1 to {MAX_NAME} characters.", field="name")
    check_json(rule.body, "rule")
    if rule.starts_at and rule.ends_at and rule.ends_at <= rule.starts_at:
        raise InvalidInputError("The rule ends before it starts.", field="ends_at")


def _changed(actor: Actor, recommender: Recommender, rule: Rule, action: str) -> None:
    row = Recommender.objects.filter(pk=recommender.pk)
    row.update(rules_sequence=F("rules_sequence") + 1)
    audit.record(
        actor=actor,
        action=action,
        target=f"recommender:{recommender.pk}",
        details={"name": recommender.name, "rule": rule.name, "does": rule.told()},
    )
