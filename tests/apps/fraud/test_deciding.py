"""Decisions whose right answer is known."""

import pytest

from apps.fraud.models.decisions import Outcome
from apps.fraud.services.deciding import ListHit, Policy, RuleHit, costs_of, decide

A, C, R, D = Outcome.APPROVE, Outcome.CHALLENGE, Outcome.REVIEW, Outcome.DECLINE
POLICY = Policy(challenge=0.5, review=0.8, decline=0.95)


def rule(action, *, shadow=False):
    return RuleHit(rule="r", name=f"asks {action}", version=1, action=action, shadow=shadow)


def listed(name):
    return ListHit(entry="e", list=name, entity="card")


def ruled(score=0.1, rules=(), lists=(), policy=POLICY, amount=100.0):
    return decide(score=score, rule_hits=rules, list_hits=lists, policy=policy, amount=amount)


@pytest.mark.parametrize(
    ("score", "outcome"),
    [(0.0, A), (0.499, A), (0.5, C), (0.799, C), (0.8, R), (0.95, D), (1.0, D)],
)
def test_a_score_alone_is_judged_by_thresholds(score, outcome):
    ruling = ruled(score)
    assert (ruling.outcome, ruling.decided_by) == (outcome, "policy")
    assert ruling.reasons[0]["score"] == score


@pytest.mark.parametrize("score", [None, float("nan")])
def test_without_a_score_the_fallback_decides(score):
    assert ruled(score).decided_by == "fallback"
    assert ruled(score).outcome == R
    assert ruled(score, policy=Policy(fallback=C)).outcome == C
    assert ruled(score, [rule(D)]).outcome == D


@pytest.mark.parametrize(
    ("score", "rules", "lists", "outcome", "by"),
    [
        (0.1, [rule(D)], [], D, "rule"),
        (0.99, [rule(R)], [], D, "policy"),
        (0.99, [rule(A)], [], A, "rule"),
        (0.99, [rule(A), rule(C)], [], C, "rule"),
        (0.1, [rule(D, shadow=True)], [], A, "policy"),
        (0.99, [rule(A, shadow=True)], [], D, "policy"),
        (0.1, [], [listed("watch")], R, "watch_list"),
        (0.99, [rule(A)], [listed("watch")], R, "watch_list"),
        (0.1, [rule(D)], [listed("watch")], D, "rule"),
        (0.99, [rule(D)], [listed("allow")], A, "allow_list"),
        (0.1, [rule(A)], [listed("block"), listed("allow")], D, "block_list"),
        (None, [], [listed("allow"), listed("watch")], A, "allow_list"),
    ],
)
def test_lists_then_rules_then_score(score, rules, lists, outcome, by):
    ruling = ruled(score, rules, lists)
    assert (ruling.outcome, ruling.decided_by) == (outcome, by)


def test_the_cheapest_outcome_is_chosen_by_cost():
    policy = Policy(
        by_cost=True,
        review_cost=5,
        friction_cost=0.5,
        decline_cost=2,
        decline_share=0.05,
        challenge_misses=0.3,
        review_misses=0.1,
    )
    costs = costs_of(0.5, 1000, policy)
    # at risk 500; friction .25 and 150 missed; review 5 and 50 missed; half of 2 and of 50
    assert costs == pytest.approx({A: 500, C: 150.25, R: 55, D: 26})
    assert ruled(0.5, policy=policy, amount=1000).outcome == D
    assert ruled(0.001, policy=policy, amount=10).outcome == A
    assert ruled(0.05, policy=policy, amount=100).outcome == C
    assert ruled(0.03, policy=policy, amount=2000).outcome == R
    assert ruled(0.5, policy=policy, amount=1000).costs["decline"] == pytest.approx(26)


def test_an_equal_cost_takes_the_milder_outcome():
    free = Policy(by_cost=True, review_cost=0, friction_cost=0, decline_cost=0, decline_share=0)
    assert ruled(0.0, policy=free, amount=0).outcome == A


def test_a_decision_repeats_itself_from_what_is_stored():
    policy = Policy.of(Policy(by_cost=True, review=None, fallback=D).body())
    assert policy == Policy(by_cost=True, review=None, fallback=D)
