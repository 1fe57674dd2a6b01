"""EASE and the graph filter against their equations, a known answer, and fixed values."""

import numpy as np
import pytest
import scipy.sparse as sp

from ml.recommendation import data, side
from ml.recommendation.ease import Ease, EaseParams
from ml.recommendation.errors import CatalogueTooLargeError
from ml.recommendation.graph_filter import GraphFilter, GraphFilterParams

HALVES = GraphFilterParams(rank=39, user_power=0.5, item_power=0.5, low_weight=0.3, sharpen=2.5)


def random_data(seed: int = 0) -> data.Interactions:
    rng = np.random.default_rng(seed)
    return data.build(rng.integers(0, 60, 600), rng.integers(0, 40, 600))


def dense() -> np.ndarray:
    return random_data().seen().toarray().astype(np.float64)


def test_ease_is_the_closed_form_written_out() -> None:
    x_UI = dense()
    gram_II = x_UI.T @ x_UI
    penalty = 2.0 * np.diag(gram_II).mean()
    inverse_II = np.linalg.inv(gram_II + penalty * np.eye(40))
    expected_II = -inverse_II / np.diag(inverse_II)
    np.fill_diagonal(expected_II, 0.0)
    plain = EaseParams(regularisation=2.0, dropout=0.0, user_power=0.0)
    found_UI = Ease(plain).fit(random_data()).scores(np.arange(60))
    np.testing.assert_allclose(found_UI, x_UI @ expected_II, rtol=1e-3, atol=1e-4)


def test_every_column_of_ease_is_the_ridge_regression_on_the_others() -> None:
    """The constraint of a zero diagonal, solved one item at a time, as Steck derives it."""
    x_UI = dense()
    penalty = 2.0 * (x_UI**2).sum(axis=0).mean()
    others_UJ = np.delete(x_UI, 7, axis=1)
    expected_J = np.linalg.solve(
        others_UJ.T @ others_UJ + penalty * np.eye(39), others_UJ.T @ x_UI[:, 7]
    )
    plain = EaseParams(regularisation=2.0, dropout=0.0, user_power=0.0)
    model = Ease(plain).fit(random_data())
    everything_1I = sp.csr_matrix(np.ones((1, 40), dtype=np.float32))
    found_I = model.contributions(everything_1I, np.array([7]))[0]
    np.testing.assert_allclose(np.delete(found_I, 7), expected_J, rtol=1e-3, atol=1e-4)


def test_dropout_is_a_penalty_by_the_items_own_count() -> None:
    x_UI = dense()
    gram_II = x_UI.T @ x_UI
    penalty_I = 2.0 * np.diag(gram_II).mean() + 0.25 / 0.75 * np.diag(gram_II)
    inverse_II = np.linalg.inv(gram_II + np.diag(penalty_I))
    expected_II = -inverse_II / np.diag(inverse_II)
    np.fill_diagonal(expected_II, 0.0)
    found_UI = Ease(EaseParams(2.0, 0.25, 0.0)).fit(random_data()).scores(np.arange(60))
    np.testing.assert_allclose(found_UI, x_UI @ expected_II, rtol=1e-3, atol=1e-4)


def test_a_catalogue_beyond_the_memory_bound_is_refused_in_words() -> None:
    known = data.build(np.array([0, 1]), np.array([0, 600]))
    with pytest.raises(CatalogueTooLargeError, match=r"601 items .* the bound is 1 MiB"):
        Ease(EaseParams(memory_mib=1)).fit(known)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Ease().fit(random_data()).to_arrays()["weights"]
    monkeypatch.setattr("ml.recommendation.ease.BLOCK_ITEMS", 7)
    split = Ease().fit(random_data()).to_arrays()["weights"]
    np.testing.assert_allclose(split, whole, rtol=1e-4, atol=1e-6)


def test_the_filter_is_the_equations_written_out() -> None:
    """GF-CF's two filters and one step of BSPM's sharpening, dense."""
    x_UI = dense()
    scaled_UI = x_UI / np.sqrt(np.maximum(x_UI.sum(1, keepdims=True), 1))
    item_scale_I = 1 / np.sqrt(np.maximum(x_UI.sum(0), 1))
    scaled_UI = scaled_UI * item_scale_I
    _, values, vectors = np.linalg.svd(scaled_UI)
    linear_UI = x_UI @ scaled_UI.T @ scaled_UI
    low_UI = (x_UI * item_scale_I) @ vectors[:39].T @ vectors[:39] / item_scale_I
    linear_UI /= linear_UI.std(axis=1, keepdims=True)
    low_UI /= low_UI.std(axis=1, keepdims=True)
    expected_UI = linear_UI + 0.3 * low_UI
    smooth_II = scaled_UI.T @ scaled_UI / values[0] ** 2
    expected_UI += 2.5 * (expected_UI - expected_UI @ smooth_II)
    found_UI = GraphFilter(HALVES).fit(random_data()).scores(np.arange(60))
    np.testing.assert_allclose(found_UI, expected_UI, rtol=1e-3, atol=2e-3)


def test_leading_vectors_are_those_of_the_library() -> None:
    matrix_UI = sp.csr_matrix(dense())
    found_IR = side.right_singular(matrix_UI, 3)
    _, _, vectors = np.linalg.svd(matrix_UI.toarray())
    np.testing.assert_allclose(np.abs(found_IR.T @ vectors[:3].T), np.eye(3), atol=1e-3)


@pytest.mark.parametrize("model", [Ease(), GraphFilter(HALVES)])
def test_contributions_sum_to_the_score(model: Ease | GraphFilter) -> None:
    model.fit(random_data())
    history_1I = random_data().seen()[4]
    found_KH = model.contributions(history_1I, np.arange(6))
    expected_K = model.fold_in(history_1I)[0, :6]
    np.testing.assert_allclose(found_KH.sum(axis=1), expected_K, rtol=1e-3, atol=1e-3)


def test_fixed_data_fixed_scores() -> None:
    """Values on the day the test was written; a change means the algorithm changed."""
    users_N, items_N = np.array([0, 1, 2]), np.array([0, 1, 2])
    ease = Ease().fit(random_data()).score(users_N, items_N)
    graph = GraphFilter().fit(random_data()).score(users_N, items_N)
    np.testing.assert_allclose(ease, EASE, atol=2e-3)
    np.testing.assert_allclose(graph, GRAPH, atol=2e-2)


EASE = [0.308655, 0.120449, 0.135903]
GRAPH = [5.898867, 2.388315, 3.164055]
