"""Agreement and the Pareto front against answers worked out by hand."""

import numpy as np
import pytest

from ml.compression import measure, pareto


def _names(*rows: str) -> np.ndarray:
    found = np.empty((len(rows), len(rows[0])), dtype=object)
    for place, row in enumerate(rows):
        found[place] = [letter.encode() for letter in row]
    return found


def test_lists_agree_by_what_they_share():
    before, after = {"items": _names("abcd", "efgh")}, {"items": _names("badx", "wxyz")}
    assert measure.agreement(before, after) == pytest.approx((3 / 4 + 0) / 2)


def test_classes_agree_by_the_best_class():
    before = {"p": np.array([[0.9, 0.1], [0.4, 0.6]])}
    after = {"p": np.array([[0.6, 0.4], [0.7, 0.3]])}
    assert measure.agreement(before, after) == 0.5


def test_numbers_agree_by_the_share_of_variance_kept():
    before = {"y": np.array([0.0, 2.0])}  # variance 1
    assert measure.agreement(before, {"y": np.array([0.5, 2.5])}) == pytest.approx(0.75)
    assert measure.agreement(before, {"y": np.array([9.0, -9.0])}) == 0.0


def test_quality_counts_right_classes_and_explained_variance():
    classes = {"p": np.array([[0.9, 0.1], [0.4, 0.6]])}
    assert measure.quality(classes, np.array([0, 0])) == 0.5
    numbers = {"y": np.array([1.0, 2.0, 4.0])}
    assert measure.quality(numbers, np.array([1.0, 2.0, 3.0])) == pytest.approx(
        1 - (1 / 3) / (2 / 3)
    )


def test_the_front_holds_what_nobody_beats_in_every_respect():
    candidates = [
        {"size": 10, "quality": 1.0},
        {"size": 5, "quality": 0.99},
        {"size": 6, "quality": 0.98},  # beaten by the second
        {"size": 1, "quality": 0.5},
    ]
    assert pareto.front(candidates, {"size": False, "quality": True}) == [0, 1, 3]


def test_equal_candidates_both_stay():
    assert pareto.front([{"a": 1}, {"a": 1}], {"a": True}) == [0, 1]
