"""How one request finds its alias, and an endpoint its runtime."""

from collections import Counter

import pytest

from platform_core.serving import placement
from platform_core.serving.runtime.traffic import Arm, Split

ROUTE = ("organisation", "prices")


def split(**shares: float) -> Split:
    others = [(Arm(ROUTE, alias, None), share) for alias, share in shares.items()]
    return Split(Arm(ROUTE, "champion", None), others)


def test_requests_follow_the_weights():
    chosen = split(a=0.1, b=0.3)
    found = Counter(chosen.pick().alias for _ in range(20_000))
    assert found["a"] == pytest.approx(2000, abs=200)
    assert found["b"] == pytest.approx(6000, abs=300)
    assert found["champion"] == pytest.approx(12000, abs=400)


def test_a_key_stays_with_its_alias_and_keys_follow_the_weights():
    chosen = split(a=0.25)
    keys = [f"user {n}" for n in range(4000)]
    first = [chosen.pick(key).alias for key in keys]
    assert [chosen.pick(key).alias for key in keys] == first
    assert first.count("a") == pytest.approx(1000, abs=120)
    assert chosen.pick("%E5%AE%A2") is chosen.pick("客"), "headers carry keys percent-encoded"


def test_a_growing_canary_keeps_the_keys_it_has():
    keys = [f"user {n}" for n in range(2000)]
    before = {key for key in keys if split(a=0.05).pick(key).alias == "a"}
    after = {key for key in keys if split(a=0.25).pick(key).alias == "a"}
    assert before
    assert before < after


def test_when_a_runtime_goes_only_its_endpoints_move():
    weights = {f"node-{n}": 4e9 for n in range(5)}
    keys = [("organisation", f"endpoint-{n}") for n in range(2000)]
    before = {key: placement.ranked(weights, key)[0] for key in keys}
    assert max(Counter(before.values()).values()) < 2 * min(Counter(before.values()).values())
    left = {name: weight for name, weight in weights.items() if name != "node-3"}
    for key in keys:
        if before[key] != "node-3":
            assert placement.ranked(left, key)[0] == before[key]


def test_a_larger_runtime_takes_more():
    weights = {"small": 1e9, "large": 3e9}
    chosen = Counter(placement.ranked(weights, ("o", str(n)))[0] for n in range(4000))
    assert chosen["large"] == pytest.approx(3000, abs=150)
