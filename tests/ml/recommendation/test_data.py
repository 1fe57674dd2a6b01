import numpy as np
import pytest

from ml.recommendation import data
from ml.recommendation.errors import (
    EmptyInteractionsError,
    FeatureShapeError,
    RatingNotFiniteError,
    RecommendationDataError,
    TooFewItemsError,
    TooFewUsersError,
)


def test_no_rows_are_refused() -> None:
    with pytest.raises(EmptyInteractionsError, match="no rows"):
        data.build(np.zeros(0, np.int64), np.zeros(0, np.int64))


def test_one_user_is_refused() -> None:
    with pytest.raises(TooFewUsersError, match="only one user"):
        data.build(np.array([0, 0]), np.array([0, 1]))


def test_one_item_is_refused() -> None:
    with pytest.raises(TooFewItemsError, match="only one item"):
        data.build(np.array([0, 1]), np.array([0, 0]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_broken_ratings_are_refused_with_their_number(bad: float) -> None:
    with pytest.raises(RatingNotFiniteError, match="2 of 3 ratings"):
        data.build(np.array([0, 1, 1]), np.array([0, 1, 0]), np.array([bad, 1.0, bad]))


def test_every_refusal_is_a_value_error_with_words() -> None:
    for each in RecommendationDataError.__subclasses__():
        assert issubclass(each, ValueError)
        assert each.__doc__


def test_of_a_repeated_pair_the_last_row_counts() -> None:
    built = data.build(np.array([0, 1, 0]), np.array([0, 1, 0]), np.array([1.0, 2.0, 3.0]))
    assert len(built) == 2
    assert built.ratings is not None
    assert sorted(built.ratings.tolist()) == [2.0, 3.0]


def test_of_a_repeated_pair_the_latest_counts_when_times_are_known() -> None:
    built = data.build(
        np.array([0, 1, 0]),
        np.array([0, 1, 0]),
        np.array([1.0, 2.0, 3.0]),
        np.array([9.0, 5.0, 1.0]),
    )
    assert built.ratings is not None
    assert sorted(built.ratings.tolist()) == [1.0, 2.0]


def test_features_must_fit_and_be_finite() -> None:
    built = data.build(np.array([0, 1]), np.array([0, 1]))
    with pytest.raises(FeatureShapeError, match="shape"):
        data.Features(users=np.zeros((3, 1), np.float32)).check(built)
    with pytest.raises(FeatureShapeError, match="1 rows of the item"):
        data.Features(items=np.array([[1.0], [np.nan]], np.float32)).check(built)


def test_counts_density_and_shape() -> None:
    built = data.build(np.array([0, 0, 1]), np.array([0, 1, 1]), shape=(4, 3))
    assert (built.n_users, built.n_items) == (4, 3)
    assert built.density == 3 / 12
    assert built.mean_per_user == 3 / 4
    assert built.item_counts().tolist() == [1, 2, 0]
    assert built.seen().toarray()[0].tolist() == [1, 1, 0]
