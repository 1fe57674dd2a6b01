"""What is done with an event: score, rule hits and list hits under a policy; pure, so it can be replayed.

In order: a block list declines; an allow list approves; then the most severe of what rules, the watch
list (review) and the score ask for. A rule that approves counts instead of the score, but never against a
stricter rule or the watch list. Rules in shadow are noted and change nothing.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.fraud.models.decisions import Outcome

SEVERITY = {outcome: place for place, outcome in enumerate(Outcome)}


@dataclass(frozen=True)
class RuleHit:
    """A rule that is true of the event.

    Attributes:
        rule: id of the rule.
        name: of the rule.
        version: its number.
        action: what it asks for.
        shadow: it is only noted.
    """

    rule: str
    name: str
    version: int
    action: Outcome
    shadow: bool = False


@dataclass(frozen=True)
class ListHit:
    """An entity of the event that stands on a list.

    Attributes:
        entry: id of the entry.
        list: `block`, `allow` or `watch`.
        entity: the entity column whose value it is.
    """

    entry: str
    list: str
    entity: str


@dataclass(frozen=True)
class Policy:
    """When a score is challenged, reviewed or declined.

    Either by thresholds of the score, or by cost: the cheapest outcome at this risk and amount.

    Attributes:
        by_cost: choose the cheapest outcome instead of comparing with thresholds.
        challenge, review, decline: from this score on; None = never. Not falling.
        review_cost: of one review by a person, in the currency of the amounts.
        friction_cost: of one challenge to a good customer.
        decline_cost: of declining a good payment, beside `decline_share` of its amount.
        decline_share: part of a good payment's amount that is lost by declining it.
        loss_share: part of a fraudulent payment's amount that is lost by approving it.
        challenge_misses, review_misses: part of the fraud that passes a challenge, a review.
        fallback: outcome where no score is known.
    """

    by_cost: bool = False
    challenge: float | None = 0.5
    review: float | None = 0.8
    decline: float | None = 0.95
    review_cost: float = 5.0
    friction_cost: float = 0.5
    decline_cost: float = 2.0
    decline_share: float = 0.05
    loss_share: float = 1.0
    challenge_misses: float = 0.3
    review_misses: float = 0.1
    fallback: Outcome = Outcome.REVIEW

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Policy":
        """Return the policy of a checked body; see services.policies."""
        told = {**body, "fallback": Outcome(body.get("fallback", Outcome.REVIEW))}
        return cls(**told)

    def body(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**dataclasses.asdict(self), "fallback": str(self.fallback.value)}


@dataclass(frozen=True)
class Ruling:
    """What was decided and why.

    Attributes:
        outcome: what the asking system shall do.
        decided_by: `block_list`, `allow_list`, `rule`, `watch_list`, `policy` or `fallback`.
        reasons: what led there, weightiest first: `kind`, `outcome` and whose (`name`, `entity`, `score`).
        costs: outcome -> expected cost, where a score was judged by cost.
    """

    outcome: Outcome
    decided_by: str
    reasons: tuple[dict[str, Any], ...]
    costs: Mapping[str, float] = dataclasses.field(default_factory=dict)


def decide(
    *,
    score: float | None,
    rule_hits: Sequence[RuleHit],
    list_hits: Sequence[ListHit],
    policy: Policy,
    amount: float = 0.0,
) -> Ruling:
    """Decide about one event.

    Args:
        score: calibrated risk in [0, 1]; None where the model did not answer.
        rule_hits: rules that are true of the event.
        list_hits: entities of the event that stand on a list.
        policy: the active one.
        amount: at risk, in the currency of the policy's costs.
    """
    blocked = _listed(list_hits, "block", Outcome.DECLINE)
    if blocked:
        return Ruling(Outcome.DECLINE, "block_list", blocked)
    allowed = _listed(list_hits, "allow", Outcome.APPROVE)
    if allowed:
        return Ruling(Outcome.APPROVE, "allow_list", allowed)
    rules = [_by_rule(hit) for hit in rule_hits if not hit.shadow]
    watched = list(_listed(list_hits, "watch", Outcome.REVIEW))
    approved = any(reason["outcome"] == Outcome.APPROVE for reason in rules)
    scored, costs = ([], {}) if approved else _by_score(score, amount, policy)
    reasons = sorted([*rules, *watched, *scored], key=_severity, reverse=True)
    outcome = Outcome(reasons[0]["outcome"])
    return Ruling(outcome, str(reasons[0]["kind"]), tuple(reasons), costs)


def costs_of(score: float, amount: float, policy: Policy) -> dict[Outcome, float]:
    """Return what each outcome is expected to cost at this risk and amount."""
    at_risk = score * max(amount, 0.0) * policy.loss_share
    good = 1.0 - score
    return {
        Outcome.APPROVE: at_risk,
        Outcome.CHALLENGE: good * policy.friction_cost + policy.challenge_misses * at_risk,
        Outcome.REVIEW: policy.review_cost + policy.review_misses * at_risk,
        Outcome.DECLINE: good * (policy.decline_cost + policy.decline_share * max(amount, 0.0)),
    }


def _severity(reason: Mapping[str, Any]) -> int:
    return SEVERITY[Outcome(reason["outcome"])]


def _listed(hits: Sequence[ListHit], name: str, outcome: Outcome) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "kind": f"{name}_list",
            "outcome": outcome.value,
            "entity": hit.entity,
            "entry": hit.entry,
        }
        for hit in hits
        if hit.list == name
    )


def _by_rule(hit: RuleHit) -> dict[str, Any]:
    return {
        "kind": "rule",
        "outcome": Outcome(hit.action).value,
        "name": hit.name,
        "rule": hit.rule,
        "version": hit.version,
    }


def _by_score(
    score: float | None, amount: float, policy: Policy
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    if score is None or not math.isfinite(score):
        return [{"kind": "fallback", "outcome": policy.fallback.value}], {}
    if not policy.by_cost:
        outcome = _by_thresholds(score, policy)
        return [{"kind": "policy", "outcome": outcome.value, "score": score}], {}
    costs = costs_of(score, amount, policy)
    outcome = min(costs, key=lambda each: (costs[each], SEVERITY[each]))
    reason = {"kind": "policy", "outcome": outcome.value, "score": score}
    return [reason], {str(each.value): cost for each, cost in costs.items()}


def _by_thresholds(score: float, policy: Policy) -> Outcome:
    for outcome, least in (
        (Outcome.DECLINE, policy.decline),
        (Outcome.REVIEW, policy.review),
        (Outcome.CHALLENGE, policy.challenge),
    ):
        if least is not None and score >= least:
            return outcome
    return Outcome.APPROVE
