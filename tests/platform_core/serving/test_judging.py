"""The statistics of canaries, against scipy and by simulation."""

import random

import pytest
from scipy import stats

from platform_core.serving import buckets, judging
from platform_core.serving.judging import Limits, Quality, Side


@pytest.mark.parametrize("trials", [1, 7, 100, 5_000, 10**6])
def test_binomial_tails_are_those_of_scipy(trials):
    draw = random.Random(trials)  # noqa: S311  (a seeded simulation)
    for _ in range(60):
        successes = draw.randint(0, trials)
        chance = min(1 - 1e-9, max(1e-9, successes / trials * draw.uniform(0.8, 1.2)))
        expected = stats.binom.sf(successes - 1, trials, chance)
        assert judging.tail(successes, trials, chance) == pytest.approx(expected, 1e-6, 1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 100), (7, 100), (99, 100), (100, 100)])
def test_upper_bounds_are_those_of_clopper_and_pearson(successes, trials):
    expected = stats.beta.ppf(0.999, successes + 1, trials - successes) if successes < trials else 1
    assert judging.upper_bound(successes, trials, 0.001) == pytest.approx(expected, 1e-9)


def test_what_all_looks_may_spend_together_stays_below_the_bound():
    spent = sum(3 * judging.share_of_look(look, 0.01) for look in range(100_000))
    assert 0.0099 < spent <= 0.01


def _counts(rng, n: int, scale_s: float) -> dict[int, int]:
    found: dict[int, int] = {}
    for _ in range(n):
        index = buckets.index_of(rng.lognormvariate(0, 0.4) * scale_s)
        found[index] = found.get(index, 0) + 1
    return found


def _run(rng, *, error: float, slower: float, looks: int = 6) -> str:
    """One canary of 20 % against a baseline that fails on 2 % and takes 2 ms; return why it ended."""
    n = judging.FIRST_LOOK
    base, own = Side(), Side()
    for look in range(looks):
        more, more_base = n - own.requests, 4 * n - base.requests
        own = _grown(rng, own, more, error, 0.002 * slower)
        base = _grown(rng, base, more_base, 0.02, 0.002)
        level = judging.share_of_look(look, 0.05)
        if worse := judging.proven_worse(base, own, Limits(), level):
            return worse
        n *= 2
    return ""


def _grown(rng, side: Side, more: int, error: float, scale_s: float) -> Side:
    latency = dict(side.latency)
    for index, number in _counts(rng, more, scale_s).items():
        latency[index] = latency.get(index, 0) + number
    failures = side.failures + sum(rng.random() < error for _ in range(more))
    return Side(side.requests + more, failures, latency)


def test_a_candidate_as_good_as_the_rest_is_hardly_ever_rolled_back():
    rng = random.Random(1)  # noqa: S311  (a seeded simulation)
    # at the very edge of what is allowed: one point more failures, 1.5 times the latency
    wrong = sum(_run(rng, error=0.03, slower=1.5) != "" for _ in range(120))
    assert wrong <= 6, "the bound is 5 %: 6 of 120"


def test_a_worse_candidate_is_found_by_what_is_worse():
    rng = random.Random(2)  # noqa: S311  (a seeded simulation)
    failing = [_run(rng, error=0.25, slower=1.0) for _ in range(20)]
    slow = [_run(rng, error=0.02, slower=3.0) for _ in range(20)]
    assert failing.count("errors") >= 19
    assert slow.count("latency") >= 19


def test_a_candidate_that_always_fails_is_found_at_the_first_look():
    base, own = Side(200, 0, {50: 200}), Side(20, 20, {50: 20})
    level = judging.share_of_look(0, 0.01)
    assert judging.proven_worse(base, own, Limits(), level) == "errors"


def test_quality_is_compared_only_with_enough_labels():
    limits = Limits(max_quality_drop=0.02)
    base = Side(quality=Quality(500, 0.90, 0.09))
    few, many = Quality(29, 0.5, 0.25), Quality(300, 0.5, 0.25)
    assert judging.proven_worse(base, Side(quality=few), limits, 0.001) == ""
    assert judging.proven_worse(base, Side(quality=many), limits, 0.001) == "quality"
    assert judging.looks_worse(base, Side(quality=few), limits) == "quality"


def test_buckets_hold_what_is_put_in():
    for seconds in (0.0, 1e-6, 1e-5, 3e-4, 0.002, 1.7, 500.0):
        index = buckets.index_of(seconds)
        assert seconds <= buckets.upper_s(index) * (1 + 1e-9) or index == buckets.LAST
        assert index == 0 or seconds > buckets.upper_s(index - 1) * (1 - 1e-9)
    assert buckets.quantile_s({}, 0.5) is None
    counts = {10: 90, 40: 10}
    assert buckets.quantile_s(counts, 0.5) == buckets.upper_s(10)
    assert buckets.quantile_s(counts, 0.95) == buckets.upper_s(40)
    assert sum(number for _, number in buckets.coarser(counts)) == 100
