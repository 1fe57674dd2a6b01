"""The clustered index finds what exact search finds, and answers as scoring everything does."""

import numpy as np
import pytest

from ml.recommendation import index, ranking
from ml.recommendation.diversity import Likeness
from ml.recommendation.errors import ModelStateError
from ml.recommendation.index import ClusteredIndex, ExactIndex
from ml.recommendation.rules import Plan

ITEMS, WIDTH = 6_000, 16
NOTHING = np.zeros(0, dtype=np.int64)


def drawn(n: int, seed: int) -> np.ndarray:
    centres = np.random.default_rng(0).standard_normal((40, WIDTH))
    random = np.random.default_rng(seed)
    near = random.integers(0, len(centres), n)
    return (centres[near] + 0.5 * random.standard_normal((n, WIDTH))).astype(np.float32)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return drawn(ITEMS, 1)


@pytest.fixture(scope="module")
def clustered(vectors: np.ndarray) -> ClusteredIndex:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "EXACT_BELOW", 1_000)
        arrays = index.build(vectors, drawn(64, 2))
    found = index.restore(arrays, vectors)
    assert isinstance(found, ClusteredIndex)
    return found


def test_few_items_get_no_index(vectors: np.ndarray):
    assert index.build(vectors, drawn(8, 2)) == {}
    assert index.restore({}, vectors) is None


def test_it_finds_nearly_all_that_exact_search_finds(
    vectors: np.ndarray, clustered: ClusteredIndex
):
    queries = drawn(64, 3)
    exact, scores = ExactIndex(vectors).search(queries, 100)
    found, again = clustered.search(queries, 100)
    assert index.recall(found, exact) >= 0.95
    same = found[:, 0] == exact[:, 0]
    assert same.mean() > 0.95
    assert np.allclose(again[same, 0], scores[same, 0], rtol=1e-5), "scores are the exact ones"


def test_only_what_is_allowed_is_found(clustered: ClusteredIndex):
    allowed = np.arange(ITEMS) % 3 == 0
    found, _ = clustered.search(drawn(16, 4), 50, allowed)
    assert (found[found >= 0] % 3 == 0).all()
    assert (found >= 0).mean() > 0.95


def test_an_index_of_other_vectors_is_refused(vectors: np.ndarray, monkeypatch):
    monkeypatch.setattr(index, "EXACT_BELOW", 1_000)
    arrays = index.build(vectors, drawn(64, 2))
    with pytest.raises(ModelStateError, match="other vectors"):
        index.restore(arrays, vectors[:-1])


def no_likeness(pool: np.ndarray) -> Likeness:
    raise AssertionError("diversity was not asked for")


@pytest.mark.parametrize("case", range(20))
def test_answers_through_an_exact_index_are_those_of_scoring_everything(case: int):
    """Rules, filters and seen items mean the same both ways; or the index says it cannot tell."""
    random = np.random.default_rng(case)
    n, k = 60, 5
    vectors = random.standard_normal((n, 4)).astype(np.float32)
    query = random.standard_normal(4).astype(np.float32)
    seen = random.choice(n, 10, replace=False).astype(np.int64)
    boosted = random.choice(n, 3, replace=False)
    boost = np.zeros(n, dtype=np.float32)
    boost[boosted] = 2.0
    pinned = int(random.integers(n))
    plan = Plan(boost=boost, pins=[(1, pinned)])
    terms = ranking.Terms(k, random.random(n) < 0.7, plan)
    others = np.union1d(boosted, [pinned]).astype(np.int64)
    extra = ranking.Extra(others, vectors[others] @ query, n, ranking.spread(vectors @ query))
    through = ranking.Indexed(ExactIndex(vectors), query, seen, terms, extra)
    found = ranking.answer(through, terms, no_likeness)
    exact = ranking.answer(ranking.Scored(vectors @ query, seen, terms), terms, no_likeness)
    assert found is not None
    assert exact is not None
    assert found[0].tolist() == exact[0].tolist()
    assert np.allclose(found[1], exact[1], rtol=1e-4)


def test_an_index_that_finds_too_few_says_so():
    vectors = np.eye(4, dtype=np.float32)
    terms = ranking.Terms(3)
    extra = ranking.Extra(NOTHING, np.zeros(0, dtype=np.float32), 4, 1.0)
    seen = np.array([0, 1], dtype=np.int64)
    through = ranking.Indexed(ExactIndex(vectors), vectors[0], seen, terms, extra)
    assert ranking.answer(through, terms, no_likeness) is None
