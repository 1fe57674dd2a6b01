"""Known answers from the papers, and error rates measured by simulation."""

import math

import numpy as np
import pytest

from apps.recommendation.services import proportions
from apps.recommendation.services.proportions import Arm, Values


def test_the_difference_is_that_of_newcombe_1998():
    """His example (a): 56 of 70 against 48 of 80, method 10: 0.0524 to 0.3339."""
    low, high = proportions.difference(Arm(80, 48), Arm(70, 56))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_a_rate_of_nothing_has_an_interval_within_bounds():
    """Wilson for 0 of 10: 0 to z^2 / (n + z^2)."""
    low, high = proportions.interval(Arm(10, 0))
    assert low == 0
    assert high == pytest.approx(3.8415 / 13.8415, abs=1e-4)
    assert proportions.interval(Arm(0, 0)) == (0, 1)
    assert proportions.interval(Arm(10, 10))[1] == 1


def test_the_p_value_is_that_of_the_z_test():
    """By hand: pooled 0.25, error sqrt(.25*.75*2/100) = .06124, z = .1 / .06124 = 1.633, p = .1025."""
    assert proportions.p_value(Arm(100, 20), Arm(100, 30)) == pytest.approx(0.1025, abs=2e-4)
    assert proportions.p_value(Arm(100, 0), Arm(100, 0)) == 1.0
    assert proportions.p_value(Arm(0, 0), Arm(100, 3)) == 1.0


def test_an_uneven_split_is_noticed():
    """By hand: 10,400 and 9,600 of 20,000 gives chi-square 32, p = 1.5e-8; 10,050 gives .5, p = .48."""
    assert proportions.split_p_value(10_400, 9_600, 0.5) == pytest.approx(1.5e-8, rel=0.05)
    assert proportions.split_p_value(10_050, 9_950, 0.5) == pytest.approx(0.4795, abs=1e-3)
    assert proportions.split_p_value(9_000, 1_000, 0.1) == 1.0
    assert proportions.split_p_value(0, 0, 0.5) == 1.0


def test_the_value_per_user_counts_those_who_brought_nothing():
    a, b = Values(4, 8.0, 64.0), Values(4, 16.0, 128.0)
    assert (a.mean, b.mean) == (2.0, 4.0)
    assert a.variance_of_mean == pytest.approx(np.var([8, 0, 0, 0], ddof=1) / 4)
    low, high = proportions.value_difference(a, b)
    half = 1.96 * math.sqrt(a.variance_of_mean + np.var([8, 8, 0, 0], ddof=1) / 4)
    assert (low, high) == pytest.approx((2 - half, 2 + half), abs=1e-3)


def test_reading_often_is_no_mistake_with_the_interval_for_any_time():
    """A/A: of 400 experiments read 40 times each, few are ever called different; naively, many are."""
    rng = np.random.default_rng(0)
    looks = np.arange(250, 10_001, 250)
    wrong_always = wrong_naive = 0
    for _ in range(400):
        done = rng.binomial(250, 0.1, (2, len(looks))).cumsum(axis=1)
        arms = [
            (Arm(int(n), int(x)), Arm(int(n), int(y))) for n, x, y in zip(looks, *done, strict=True)
        ]
        wrong_always += any(_excludes_zero(proportions.always_valid(*pair)) for pair in arms)
        wrong_naive += any(_excludes_zero(proportions.difference(*pair)) for pair in arms)
    assert wrong_always / 400 <= 0.05
    assert wrong_naive / 400 > 0.15


def test_the_interval_for_any_time_finds_a_real_difference_and_is_the_wider_one():
    a, b = Arm(5_000, 500), Arm(5_000, 700)
    low, high = proportions.always_valid(a, b)
    assert 0 < low < 0.04 < high
    once = proportions.difference(a, b)
    assert high - low > once[1] - once[0]
    assert proportions.always_valid(Arm(0, 0), b) == (-1, 1)


def _excludes_zero(interval: proportions.Interval) -> bool:
    return interval[0] > 0 or interval[1] < 0
