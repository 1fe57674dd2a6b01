"""Answers keep every promise at once: filters, lists, seen items, rules, the dial, and exactly N."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.recommendation import ranking, rules
from ml.recommendation.attributes import texts
from ml.recommendation.rules import Cap, Plan

N = 24
KINDS = texts([["a", "b", "c", "d"][i % 4] if i % 7 else None for i in range(N)])
items = st.integers(0, N - 1)
bits = st.integers(0, 2**N - 1)
masks = bits.map(lambda number: np.array([number >> item & 1 for item in range(N)], dtype=bool))


@st.composite
def plans(draw) -> Plan:
    caps = st.builds(Cap, st.just(KINDS), st.integers(1, 4), st.booleans())
    return Plan(
        boost=draw(st.none() | masks.map(lambda m: m.astype(np.float32) * 2)),
        buried=draw(st.none() | masks),
        pins=draw(st.lists(st.tuples(st.integers(0, 12), items), max_size=4)),
        caps=draw(st.lists(caps, max_size=2)),
    )


def likeness(pool: np.ndarray) -> ranking.Likeness:
    vectors = np.random.default_rng(1).standard_normal((N, 5)).astype(np.float32)[pool]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return lambda place: vectors @ vectors[place]


def asked(scores, seen, terms) -> tuple[list[int], list[float]]:
    found = ranking.answer(ranking.Scored(scores.copy(), seen, terms), terms, likeness)
    assert found is not None
    return found[0].tolist(), found[1].tolist()


def scored(seed: int, steps: int) -> np.ndarray:
    """Return scores; few steps make many of them equal."""
    return np.random.default_rng(seed).integers(-steps, steps, N).astype(np.float32)


CASES = given(
    scores=st.builds(scored, st.integers(0, 2**32 - 1), st.sampled_from([1, 5, 10_000])),
    seen=masks.map(np.flatnonzero),
    allowed=st.none() | masks,
    plan=plans(),
    k=st.integers(1, 30),
    diversity=st.sampled_from([0.0, 0.3, 1.0]),
)


@CASES
@settings(max_examples=150, deadline=None)
def test_every_promise_holds_at_once(scores, seen, allowed, plan, k, diversity):
    terms = ranking.Terms(k, allowed, plan, diversity)
    found, _ = asked(scores, seen, terms)
    may = np.ones(N, dtype=bool) if allowed is None else allowed.copy()
    may[seen] = False
    assert all(may[item] for item in found), "only what may be answered"
    assert len(set(found)) == len(found), "each once"
    strict = [cap for cap in plan.caps if cap.strict]
    if not strict:
        assert len(found) == min(k, int(may.sum())), "exactly N"
    assert_caps(found, strict)
    assert asked(scores, seen, terms)[0] == found, "the same again"


def assert_caps(found: list[int], caps) -> None:
    for cap in caps:
        counts = Counter(code for item in found for code in cap.column.of(item).tolist())
        assert not counts or max(counts.values()) <= cap.limit


@CASES
@settings(max_examples=60, deadline=None)
def test_caps_hold_wherever_enough_items_fit(scores, seen, allowed, plan, k, diversity):
    cap = Cap(KINDS, 2)
    terms = ranking.Terms(k, allowed, Plan(boost=plan.boost, caps=[cap]), diversity)
    may = np.ones(N, dtype=bool) if allowed is None else allowed.copy()
    may[seen] = False
    free = int((may & ~KINDS.present()).sum())
    kinds = Counter(int(KINDS.of(item)[0]) for item in np.flatnonzero(may & KINDS.present()))
    room = free + sum(min(count, cap.limit) for count in kinds.values())
    found, _ = asked(scores, seen, terms)
    assert_caps(found[:room], [cap])


@CASES
@settings(max_examples=60, deadline=None)
def test_pins_take_their_places(scores, seen, allowed, plan, k, diversity):
    pins = list({item: (place, item) for place, item in plan.pins}.values())
    pins = list({place: (place, item) for place, item in pins}.values())
    terms = ranking.Terms(k, allowed, Plan(pins=pins, buried=plan.buried), diversity)
    may = np.ones(N, dtype=bool) if allowed is None else allowed.copy()
    may[seen] = False
    found, _ = asked(scores, seen, terms)
    for place, item in pins:
        if may[item] and place < len(found):
            assert found[place] == item


@CASES
@settings(max_examples=60, deadline=None)
def test_what_is_buried_comes_last(scores, seen, allowed, plan, k, diversity):
    terms = ranking.Terms(k, allowed, Plan(boost=plan.boost, buried=plan.buried), diversity)
    found, _ = asked(scores, seen, terms)
    buried = np.zeros(N, dtype=bool) if plan.buried is None else plan.buried
    flags = buried[found].tolist()
    assert flags == sorted(flags)


def test_without_rules_the_answer_is_the_best_scores():
    scores = np.arange(N, dtype=np.float32)
    terms = ranking.Terms(3)
    assert asked(scores, np.array([N - 1]), terms) == ([22, 21, 20], [22.0, 21.0, 20.0])


def test_a_boost_is_in_deviations_of_the_persons_scores():
    scores = np.array([0.0, 10.0, 20.0, 30.0], dtype=np.float32)
    boost = np.array([2.0, 0, 0, 0], dtype=np.float32)
    for scale in (0.001, 1.0, 1000.0):
        found, _ = asked(
            scores * scale, np.array([], int), ranking.Terms(4, None, Plan(boost=boost))
        )
        assert found == [3, 0, 2, 1]


def test_the_dial_trades_score_for_difference():
    def alike(pool):
        twins = np.array([0, 0, 1, 2])[pool]
        return lambda place: (twins == twins[place]).astype(np.float32)

    def ask(diversity: float) -> list[int]:
        scores = np.array([1.0, 0.99, 0.5, 0.1], dtype=np.float32)
        terms = ranking.Terms(3, diversity=diversity)
        source = ranking.Scored(scores, np.array([], int), terms)
        found = ranking.answer(source, terms, alike)
        assert found is not None
        return found[0].tolist()

    assert ask(0.0) == [0, 1, 2]
    assert ask(0.45) == [0, 2, 1]
    assert set(ask(1.0)) == {0, 2, 3}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([], "a rule is an object"),
        ({"action": "raise"}, "boost, bury, pin, cap, hide"),
        ({"action": "boost"}, '"items" or a "filter"'),
        ({"action": "pin", "filter": {"a": 1}}, "no 'filter'"),
        ({"action": "pin", "items": ["a"], "position": 0}, "1 to 1000"),
        ({"action": "pin", "items": ["a"], "position": 1.5}, "whole number"),
        ({"action": "cap", "limit": 2}, '"attribute"'),
        ({"action": "boost", "items": ["a"], "strength": float("nan")}, "0 to 10"),
        ({"action": "boost", "items": ["a"], "strength": "much"}, "number"),
        ({"action": "hide", "items": "a"}, "list of at most"),
        ({"action": "hide", "filter": 3}, "filter is an object"),
    ],
)
def test_a_malformed_rule_is_refused_in_words(raw, words: str):
    with pytest.raises(ValueError, match="(?i)" + words.replace('"', ".")):
        rules.parse(raw)
