"""From a score to an outcome: rules, lists and policy."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from apps.fraud.engine.live import rulebook
from apps.fraud.engine.live.asked import Asked
from apps.fraud.engine.live.knowing import Known
from apps.fraud.services import deciding
from apps.fraud.services.deciding import ListHit, Policy, RuleHit, Ruling


@dataclass(frozen=True)
class Basis:
    """What a score is judged by: hits of rules and lists, and the policy of that moment."""

    rule_hits: tuple[RuleHit, ...] = ()
    list_hits: tuple[ListHit, ...] = ()
    policy: Policy = field(default_factory=Policy)
    rules_version: str = ""
    policy_version: str = ""

    def body(self) -> dict[str, Any]:
        """Return it as JSON, for the decision."""
        return {
            "rule_hits": [dataclasses.asdict(hit) for hit in self.rule_hits],
            "list_hits": [dataclasses.asdict(hit) for hit in self.list_hits],
            "policy": self.policy.body(),
        }


def basis(known: Known, asked: Asked, named: dict[str, Any]) -> Basis:
    """Return what the event is judged by; `named` holds its fields, its features and the score."""
    book = rulebook.of(known.detector, known.sequence)
    columns, time = known.detector.entities, known.detector.columns.get("time")
    event = {**named, time: asked.occurred_at} if time else named
    return Basis(
        rule_hits=book.rule_hits(event),
        list_hits=book.list_hits(columns, asked.entities, timezone.now()),
        policy=book.policy,
        rules_version=book.rules_version,
        policy_version=book.policy_version,
    )


def rule(basis: Basis, score: float | None, amount: float) -> Ruling:
    """Return what is decided on a basis."""
    return deciding.decide(
        score=score,
        rule_hits=basis.rule_hits,
        list_hits=basis.list_hits,
        policy=basis.policy,
        amount=amount,
    )


def basis_of(body: dict[str, Any]) -> Basis:
    """Return the basis of a stored decision."""
    return Basis(
        tuple(RuleHit(**hit) for hit in body["rule_hits"]),
        tuple(ListHit(**hit) for hit in body["list_hits"]),
        Policy.of(body["policy"]),
    )
