"""Drift by known answers, against scipy, and in what stays the same."""

import numpy as np
import pytest
from scipy import stats

from ml.monitoring import drift
from ml.monitoring.features import columns_of
from ml.monitoring.summary import Summary, summarise


def compared(before, now):
    return drift.compare(drift.reference_of({"a": before}), {"a": now})[0]


def test_psi_by_hand():
    before, now = np.array([50, 50]), np.array([90, 10])
    by_hand = (0.9 - 0.5) * np.log(0.9 / 0.5) + (0.1 - 0.5) * np.log(0.1 / 0.5)
    assert drift.psi(before, now) == pytest.approx(by_hand, rel=0.05)
    assert drift.psi(before * 10_000, now * 10_000) == pytest.approx(by_hand, rel=1e-4)
    assert drift.psi(before, before * 3) == pytest.approx(0.0, abs=1e-4)


def test_a_bin_that_was_empty_leaves_the_index_finite():
    assert 1 < drift.psi(np.array([100, 0]), np.array([0, 100])) < 20


def test_equal_samples_stay_below_the_noise_in_95_of_100():
    random = np.random.default_rng(1)
    below = 0
    for _ in range(200):
        found = compared(random.normal(size=400), random.normal(size=300))
        below += found.psi < found.noise
    assert below >= 180
    assert drift.psi_noise(10, 400, 300) == pytest.approx(16.919 * (1 / 400 + 1 / 300), rel=1e-4)


def test_kolmogorov_smirnov_by_hand_and_as_scipy_finds_it():
    found = compared(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6]))
    assert found.ks == pytest.approx(0.5)
    random = np.random.default_rng(2)
    before, now = random.normal(size=900), random.normal(0.5, size=700)
    found, known = compared(before, now), stats.ks_2samp(before, now, method="asymp")
    assert (found.ks, found.p) == (pytest.approx(known.statistic), pytest.approx(known.pvalue))


def test_a_shift_is_drift_and_the_same_again_is_not():
    random = np.random.default_rng(3)
    before = random.normal(size=2000)
    assert not compared(before, random.normal(size=1000)).drifted
    shifted = compared(before, random.normal(0.6, size=1000))
    assert shifted.drifted
    assert shifted.psi > 0.2
    assert sum(shifted.shares) == pytest.approx(1)


def test_missing_and_out_of_range_values_are_counted():
    now = np.array([np.nan, 5.0, -1.0, 11.0, np.nan, 3.0, 4.0, np.inf])
    found = compared(np.append(np.linspace(0, 10, 99), np.nan), now)
    assert found.missing == pytest.approx(3 / 8)
    assert found.missing_before == pytest.approx(0.01)
    assert found.out_of_range == pytest.approx(2 / 5)


def test_texts_are_compared_by_category():
    before = np.array(["red"] * 60 + ["blue"] * 40, dtype=object)
    same = compared(before, np.array(["red"] * 30 + ["blue"] * 20, dtype=object))
    assert (same.ks, same.out_of_range) == (None, 0.0)
    assert not same.drifted
    other = compared(before, np.array(["red"] * 10 + ["green"] * 40 + [""] * 50, dtype=object))
    assert (other.out_of_range, other.missing) == (pytest.approx(0.8), pytest.approx(0.5))
    assert other.drifted


def test_few_values_make_a_bin_each_and_a_constant_column_is_harmless():
    summary = summarise(np.array([0.0, 1.0, 1.0, 2.0]))
    assert summary.edges == (0.5, 1.5)
    assert summary.shares == (0.25, 0.5, 0.25)
    constant = compared(np.full(100, 7.0), np.full(50, 7.0))
    assert not constant.drifted
    assert compared(np.full(100, 7.0), np.full(50, 8.0)).out_of_range == 1
    assert compared(np.full(9, np.nan), np.full(9, np.nan)).missing == 1


def test_a_summary_survives_json():
    import json  # noqa: PLC0415

    for column in (np.arange(50.0), np.array(["a", "b"], dtype=object)):
        summary = summarise(column)
        assert Summary.from_json(json.loads(json.dumps(summary.as_json()))) == summary


def test_tensors_become_columns():
    first = {"x": np.array([[1, 2], [3, 4]], np.float32), "t": np.array([b"a", b"b"], object)}
    found = columns_of([first, {"x": np.array([[5.0, np.nan]])}], {"x": ["age", "pay"]})
    assert list(found) == ["age", "pay", "t"]
    np.testing.assert_array_equal(found["age"], [1, 3, 5])
    assert list(found["t"]) == ["a", "b"]
    assert list(columns_of([{"x": np.ones((2, 2))}])) == ["x[0]", "x[1]"]
    picture = columns_of([{"p": np.ones((2, 3, 8, 8))}])
    assert list(picture) == ["p.mean", "p.std"]
    assert picture["p.mean"].shape == (2,)
