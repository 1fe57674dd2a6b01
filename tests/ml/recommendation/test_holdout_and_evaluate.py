import numpy as np
import pytest

from ml.recommendation import data, evaluate, holdout
from ml.recommendation.encode import MAX_VALUES, encode
from ml.recommendation.popularity import Popularity


def blocks(users: int = 300, items: int = 60, seed: int = 0) -> data.Interactions:
    """Four groups of users, each with its own quarter of the items and a little noise."""
    rng = np.random.default_rng(seed)
    user_N = np.repeat(np.arange(users), 10)
    own_N = (user_N % 4) + 4 * rng.integers(0, items // 4, len(user_N))
    noise_N = rng.integers(0, items, len(user_N))
    return data.build(user_N, np.where(rng.random(len(user_N)) < 0.9, own_N, noise_N))


def test_one_item_of_every_user_is_held_out() -> None:
    known = blocks()
    cut = holdout.one_per_user(known, 3)
    assert len(np.unique(cut.held_out.users)) == len(cut.held_out) == 300
    assert len(cut.train) + len(cut.held_out) == len(known)
    again = holdout.one_per_user(known, 3)
    np.testing.assert_array_equal(cut.held_out.items, again.held_out.items)
    other = holdout.one_per_user(known, 4)
    assert (cut.held_out.items != other.held_out.items).any()


def test_the_latest_item_is_held_out_when_asked() -> None:
    built = data.build(
        np.array([0, 0, 0, 1, 1, 1]),
        np.array([0, 1, 2, 0, 1, 2]),
        times_N=np.array([5.0, 9.0, 1.0, 3.0, 2.0, 8.0]),
    )
    cut = holdout.one_per_user(built, 0, latest=True)
    assert cut.held_out.items.tolist() == [1, 2]


def test_lone_users_and_lone_items_are_not_held_out() -> None:
    built = data.build(np.array([0, 1, 1, 2, 2]), np.array([0, 0, 1, 0, 2]))
    cut = holdout.one_per_user(built, 0)
    assert 0 not in cut.held_out.users
    assert set(cut.held_out.items) <= {0}


def test_no_more_than_so_many_are_held_out() -> None:
    assert len(holdout.one_per_user(blocks(), 0, most=17).held_out) == 17


def test_places_are_counted_among_unseen_items_only() -> None:
    train = data.build(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0]), shape=(3, 4))
    held_out = data.build(np.array([0, 1, 2]), np.array([2, 3, 1]))
    model = Popularity().fit(train)
    # user 0: items 2 and 3 are unseen and tie at 0: the positive stands second; user 2: 1 beats 2 and 3
    assert evaluate.ranks(model, train, held_out).tolist() == [1, 1, 0]


def test_evaluation_in_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = holdout.one_per_user(blocks(), 0)
    model = Popularity().fit(cut.train)
    whole = evaluate.ranks(model, cut.train, cut.held_out)
    monkeypatch.setattr(evaluate, "BLOCK_BYTES", 1)
    np.testing.assert_array_equal(evaluate.ranks(model, cut.train, cut.held_out), whole)


def test_a_share_of_everybodys_items_is_held_out() -> None:
    known = blocks()
    cut = holdout.some_per_user(known, 3, fraction=0.3, most=100)
    held_U = np.bincount(cut.held_out.users, minlength=300)
    assert (held_U > 0).sum() == 100
    touched_U = np.bincount(known.users, minlength=300)
    assert (held_U <= np.maximum(1, 0.3 * touched_U)).all()
    assert len(cut.train) + len(cut.held_out) == len(known)


def test_columns_become_numbers() -> None:
    encoded = encode(
        {
            "year": np.array([1990.0, 2000.0, np.nan, 2010.0]),
            "genres": ["a|b", "b", None, "a | c"],
            "title": ["w", "x", "y", "z"],
            "constant": np.array([3.0, 3.0, 3.0, 3.0]),
        },
        4,
    )
    assert encoded.names == ("year", "genres=a", "genres=b")
    assert encoded.left_out == ("title", "constant")
    assert encoded.table[:, 1].tolist() == [1, 0, 0, 1]
    assert encoded.table[2].tolist() == [0, 0, 0]
    assert np.isfinite(encoded.table).all()


def test_a_column_of_many_values_keeps_the_frequent_ones() -> None:
    values = [f"v{n % 200}" for n in range(1000)]
    encoded = encode({"code": values}, 1000)
    assert len(encoded.names) in {0, MAX_VALUES}
