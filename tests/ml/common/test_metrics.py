"""Every expected value here was worked out by hand."""

import math

import numpy as np
import pytest

from ml.common import metrics

HITS = np.array([[True, False, True], [False, False, False], [False, True, False]])
RELEVANT = np.array([2, 1, 4])
LOG3 = 1 / math.log2(3)


def test_rank_counts_those_ahead() -> None:
    ranks = metrics.ranks(np.array([0.5, 0.9]), np.array([[0.1, 0.6, 0.7], [0.1, 0.2, 0.3]]))
    assert ranks.tolist() == [2, 0]


def test_a_tie_counts_against_the_positive() -> None:
    assert metrics.ranks(np.array([0.5]), np.array([[0.5, 0.5, 0.1]])).tolist() == [2]


def test_masked_candidates_stand_nowhere_and_a_broken_positive_stands_last() -> None:
    others = np.array([[-np.inf, np.nan, 0.1], [-np.inf, 0.3, 0.2]])
    assert metrics.ranks(np.array([0.5, np.nan]), others).tolist() == [0, 2]


def test_hit_rate_and_ndcg_of_one_positive() -> None:
    ranks = np.array([0, 1, 9, 10])
    assert metrics.hit_rate(ranks, 10) == 0.75
    assert metrics.ndcg_of_ranks(ranks, 10) == pytest.approx((1 + LOG3 + 1 / math.log2(11)) / 4)


def test_precision() -> None:
    assert metrics.precision(HITS) == pytest.approx((2 / 3 + 0 + 1 / 3) / 3)


def test_recall() -> None:
    assert metrics.recall(HITS, RELEVANT) == pytest.approx((1 + 0 + 1 / 4) / 3)


def test_ndcg_against_the_best_order_possible() -> None:
    first = (1 + 0.5) / (1 + LOG3)
    third = LOG3 / (1 + LOG3 + 0.5)
    assert metrics.ndcg(HITS, RELEVANT) == pytest.approx((first + third) / 3)


def test_mean_average_precision() -> None:
    first = (1 / 1 + 2 / 3) / 2
    third = (1 / 2) / 3
    assert metrics.mean_average_precision(HITS, RELEVANT) == pytest.approx((first + third) / 3)


def test_coverage_ignores_padding() -> None:
    assert metrics.coverage(np.array([[0, 1, -1], [1, 4, -1]]), 6) == 0.5


def test_rating_errors() -> None:
    predicted, actual = np.array([1.0, 2.0, 5.0]), np.array([1.0, 4.0, 4.0])
    assert metrics.rmse(predicted, actual) == pytest.approx(math.sqrt(5 / 3))
    assert metrics.mae(predicted, actual) == 1.0
