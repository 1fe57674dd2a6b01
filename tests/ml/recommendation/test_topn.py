import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.recommendation.topn import top_n


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 3), st.integers(1, 30), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_equals_a_full_sort(rows: int, items: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, (rows, items)).astype(np.float32)  # many ties
    seen = rng.random((rows, items)) < 0.3
    found, best = top_n(scores.copy(), k, sp.csr_matrix(seen.astype(np.float32)))
    for row in range(rows):
        open_items = [i for i in range(items) if not seen[row, i]]
        expected = sorted(open_items, key=lambda i: (-scores[row, i], i))[:k]
        assert found[row].tolist() == expected + [-1] * (k - len(expected))
        np.testing.assert_array_equal(best[row, : len(expected)], scores[row, expected])
        assert np.isnan(best[row, len(expected) :]).all()


def test_broken_scores_never_win() -> None:
    found, best = top_n(np.array([[np.nan, -np.inf, 0.5, 0.1]], dtype=np.float32), 3)
    assert found.tolist() == [[2, 3, -1]]
    assert np.isnan(best[0, 2])


def test_broken_scores_never_win_when_few_are_asked_for() -> None:
    found, _ = top_n(np.array([[np.nan, -np.inf, 0.5, 0.1, np.nan]], dtype=np.float32), 1)
    assert found.tolist() == [[2]]
    found, _ = top_n(np.array([[np.nan, -np.inf, 0.5, 0.1, np.nan]], dtype=np.float32), 3)
    assert found.tolist() == [[2, 3, -1]]
