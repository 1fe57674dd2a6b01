"""The invented data has the structure it claims, and a recommender finds it."""

import csv
import io
from collections import Counter

import numpy as np
import pytest

from apps.recommendation.demo import simulator as demo
from ml.recommendation import data, evaluate, holdout
from ml.recommendation.als import Als, AlsParams
from ml.recommendation.popularity import Popularity


@pytest.fixture(scope="module")
def small() -> demo.DemoData:
    return demo.generate(users=600, items=300, mean=40)


def rows(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode())))


def numbered(small: demo.DemoData) -> tuple[data.Interactions, list[str], list[str]]:
    viewings = rows(small.interactions)
    users = list(dict.fromkeys(row["viewer_id"] for row in viewings))
    items = list(dict.fromkeys(row["film_id"] for row in viewings))
    user_of, item_of = ({name: n for n, name in enumerate(names)} for names in (users, items))
    built = data.build(
        np.array([user_of[row["viewer_id"]] for row in viewings]),
        np.array([item_of[row["film_id"]] for row in viewings]),
    )
    return built, users, items


def test_same_seed_same_bytes() -> None:
    first, second = (demo.generate(seed=1, users=50, items=40, mean=8) for _ in range(2))
    assert first == second
    assert demo.generate(seed=2, users=50, items=40, mean=8).interactions != first.interactions


def test_default_size_is_what_the_demo_promises() -> None:
    made = demo.generate()
    assert len(rows(made.users)) == 2_000
    assert len(rows(made.items)) == 800
    assert 100_000 <= len(rows(made.interactions)) <= 140_000


def test_titles_and_pairs_are_unique(small: demo.DemoData) -> None:
    titles = [row["title"] for row in rows(small.items)]
    assert len(set(titles)) == len(titles)
    pairs = [(row["viewer_id"], row["film_id"]) for row in rows(small.interactions)]
    assert len(set(pairs)) == len(pairs)


def test_popularity_has_a_long_tail(small: demo.DemoData) -> None:
    counts = sorted(Counter(row["film_id"] for row in rows(small.interactions)).values())
    assert sum(counts[-60:]) > 0.35 * sum(counts)  # a fifth of the films


def test_a_recommender_beats_popularity_clearly(small: demo.DemoData) -> None:
    known, _, _ = numbered(small)
    cut = holdout.one_per_user(known, seed=0)
    learned = Als(AlsParams(factors=32)).fit(cut.train)
    ours = evaluate.ranking(learned, cut.train, cut.held_out)
    baseline = evaluate.ranking(Popularity().fit(cut.train), cut.train, cut.held_out)
    assert ours.ndcg_at_10 > 1.3 * baseline.ndcg_at_10


def test_viewers_are_offered_their_favourite_genre(small: demo.DemoData) -> None:
    known, users, items = numbered(small)
    offered, _ = (
        Als(AlsParams(factors=32)).fit(known).recommend(np.arange(known.n_users), 10, known.seen())
    )
    everybody, _ = Popularity().fit(known).recommend(np.arange(known.n_users), 10, known.seen())

    def share(chosen_BK: np.ndarray) -> float:
        hits = [
            small.favourites[users[user]] in small.genres[items[item]]
            for user, row in enumerate(chosen_BK)
            for item in row
        ]
        return float(np.mean(hits))

    assert share(offered) > 2 * share(everybody)
