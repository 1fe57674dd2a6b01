"""Figures, calibration, costs and reasons against closed forms and brute force."""

import numpy as np
import pytest

from ml.fraud import calibration, evaluate
from ml.fraud.costs import Costs, curve
from ml.fraud.errors import ShapeError
from ml.fraud.reasons import strongest


def test_auc_is_the_share_of_pairs_in_order_ties_half():
    rng = np.random.default_rng(0)
    scores, fraud = rng.integers(0, 9, 80), rng.random(80) < 0.3
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[fraud] for b in scores[~fraud]]
    assert evaluate.auc(scores, fraud) == pytest.approx(np.mean(pairs))


def test_average_precision_takes_ties_as_one_step():
    fraud = np.array([True, False, True, False])
    assert evaluate.average_precision(np.array([4, 3, 2, 1]), fraud) == pytest.approx(
        (1 + 2 / 3) / 2
    )
    assert evaluate.average_precision(np.ones(4), fraud) == pytest.approx(0.5)
    assert np.isnan(evaluate.average_precision(np.ones(2), np.zeros(2, dtype=bool)))


def test_a_card_found_leaves_the_following_days():
    scores = np.array([9, 1, 5, 9, 8, 1])
    fraud = np.array([1, 0, 0, 1, 1, 0]) == 1
    cards, days = np.array([1, 2, 3, 1, 2, 3]), np.array([0, 0, 0, 1, 1, 1])
    assert evaluate.card_precision(scores, fraud, cards, days, k=1) == 1.0  # card 1, then card 2
    assert evaluate.card_precision(scores, fraud, cards, days, k=2) == 0.5


def test_alerts_whose_label_has_not_come_count_for_neither_side():
    labels = np.array([1, np.nan, 0, 1.0])
    found = evaluate.alerts(np.array([9, 8, 7, 1]), labels, np.zeros(4), budget=3)
    assert (found["precision"], found["recall"], found["unlabelled"]) == (0.5, 0.5, 1)


@pytest.mark.parametrize("method", [calibration.platt, calibration.isotonic])
def test_calibration_finds_the_chance_behind_a_margin_and_keeps_the_order(method):
    rng = np.random.default_rng(0)
    margins = rng.normal(-3, 2, 60_000)
    chance = 1 / (1 + np.exp(-(0.7 * margins - 0.5)))
    found = method(margins, rng.random(60_000) < chance)
    np.testing.assert_allclose(found(margins), chance, atol=0.06)
    assert abs(found(margins) - chance).mean() < 0.01
    steps = np.diff(found(np.linspace(-12, 8, 300)).astype(np.float64))
    assert steps.min() >= 0
    restored = calibration.Calibration.from_arrays(found.to_arrays())
    np.testing.assert_array_equal(restored(margins), found(margins))


def test_the_cost_curve_equals_a_count_by_hand():
    scores, labels = np.array([0.9, 0.8, 0.4, 0.1, 0.7]), np.array([1, 0, 1, 0, np.nan])
    amounts = np.array([100.0, 50, 30, 20, 999])
    found = curve(scores, labels, amounts, Costs(review=5, friction=2))
    by_hand = {0.9: 30 + 5, 0.8: 30 + 10 + 2, 0.4: 15 + 2, 0.1: 20 + 4}
    got = dict(zip(found.thresholds.tolist(), found.total.tolist(), strict=True))
    for threshold, cost in by_hand.items():
        assert got[threshold] == cost
    assert found.best == 0.4
    assert got[max(got)] == 130  # nothing is stopped
    with pytest.raises(ShapeError, match="none is known"):
        curve(scores, np.full(5, np.nan), amounts, Costs())


def test_equal_scores_are_stopped_together():
    found = curve(np.ones(4), np.array([1, 0, 0, 0]), np.full(4, 10.0), Costs(1, 0))
    assert sorted(found.stopped.tolist()) == [0, 4]


def test_reasons_are_ordered_and_stand_beside_what_is_normal():
    parts = np.array([0.5, -3.0, 2.0, 0.0, -4.0])
    found = strongest(parts, np.array([1, 2, np.nan, 4]), list("abcd"), normal={"a": 7.0})
    assert [each.name for each in found] == ["c", "a", "b"]
    assert [each.share for each in found] == pytest.approx([0.8, 0.2, 1.0])
    assert (found[0].value, found[1].normal, found[2].normal) == (None, 7.0, None)
