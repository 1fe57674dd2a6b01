"""Quality of answers by known answers."""

import numpy as np
import pytest

from ml.monitoring import quality


def test_class_scores_are_judged_by_the_largest():
    scores = [np.array([0.1, 0.9]), np.array([0.8, 0.2]), np.array([0.3, 0.7])]
    found = quality.measure(scores, [1, 0, 0])
    assert (found.metric, found.value, found.labels) == ("accuracy", pytest.approx(2 / 3), 3)
    assert quality.measure(scores, ["b", "a", "b"], classes=["a", "b"]).value == 1.0


def test_probabilities_are_judged_by_the_area_under_the_curve():
    found = quality.measure([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    assert (found.metric, found.value) == ("auc", pytest.approx(0.75))
    assert found.mean == pytest.approx(1 - np.mean([0.01, 0.16, 0.4225, 0.04]))
    assert quality.auc(np.array([0.5, 0.5]), np.array([0.0, 1.0])) == 0.5
    assert quality.measure([0.2, 0.3], [1, 1]).value is None


def test_other_numbers_are_judged_by_their_error():
    found = quality.measure([10.0, 12.0], [11.0, 15.0])
    assert (found.metric, found.value, found.mean) == ("mae", 2.0, -2.0)
    assert found.variance == pytest.approx(2.0)


def test_texts_are_right_or_wrong():
    assert quality.measure(["cat", "dog"], ["cat", "cat"]).value == 0.5
    assert quality.measure([1, 2], ["1", "3"]).value == 0.5


def test_nothing_to_compare_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        quality.measure([], [])
