"""What every recommender must do; subclass it per model (see test_conformance.py)."""

import numpy as np
import pytest
import scipy.sparse as sp

from ml.common import arrays
from ml.common.progress import SilentProgress, TrainingStoppedError
from ml.recommendation import data
from ml.recommendation.contract import Recommender, VectorRecommender
from ml.recommendation.errors import ModelStateError, NotFittedError

SIZE = 24


def checkerboard(size: int = SIZE) -> data.Interactions:
    """User u touched every item of its own parity except item u: the one thing left to recommend."""
    users, items = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    touched = (users % 2 == items % 2) & (users != items)
    return data.build(users[touched], items[touched])


class Stops(SilentProgress):
    def should_stop(self) -> bool:
        return True


class Contract:
    """What holds of every recommender, also of one that knows no tastes and is fitted at once."""

    def model(self) -> Recommender:
        raise NotImplementedError

    def fitted(self) -> Recommender:
        return self.model().fit(checkerboard())

    def test_an_empty_history_gets_finite_scores(self) -> None:
        scores_BI = self.fitted().fold_in(sp.csr_matrix((1, SIZE), dtype=np.float32))
        assert scores_BI.shape == (1, SIZE)
        assert np.isfinite(scores_BI).all()

    def test_seen_items_never_come_back(self) -> None:
        known = checkerboard()
        items_BK, scores_BK = self.fitted().recommend(np.arange(SIZE), SIZE, known.seen())
        seen_BI = known.seen().toarray() > 0
        for user in range(SIZE):
            offered = items_BK[user][items_BK[user] >= 0]
            assert not seen_BI[user, offered].any()
            assert len(offered) == SIZE - seen_BI[user].sum()
            assert np.isnan(scores_BK[user, len(offered) :]).all()

    def test_scores_of_a_list_equal_the_full_row(self) -> None:
        model = self.fitted()
        users_N, items_N = np.array([3, 0, 3]), np.array([5, 7, 0])
        full_BI = model.scores(np.array([0, 3]))
        expected_N = full_BI[[1, 0, 1], items_N]
        np.testing.assert_allclose(model.score(users_N, items_N), expected_N, rtol=1e-4, atol=1e-5)
        assert full_BI.dtype == np.float32

    def test_arrays_restore_the_same_model(self) -> None:
        model = self.fitted()
        restored = type(model).from_arrays(arrays.load(arrays.dump(model.to_arrays())))
        users_B = np.arange(SIZE)
        np.testing.assert_array_equal(restored.scores(users_B), model.scores(users_B))
        history_BI = model.history(checkerboard())[:3]
        np.testing.assert_array_equal(restored.fold_in(history_BI), model.fold_in(history_BI))
        assert (restored.n_users, restored.n_items) == (SIZE, SIZE)
        assert restored.history_value == model.history_value

    def test_same_seed_same_model(self) -> None:
        first, second = self.fitted().to_arrays(), self.fitted().to_arrays()
        assert first.keys() == second.keys()
        for name in first:
            np.testing.assert_array_equal(first[name], second[name])

    def test_an_empty_history_has_no_contributions(self) -> None:
        empty = sp.csr_matrix((1, SIZE), dtype=np.float32)
        assert self.fitted().contributions(empty, np.arange(3)).shape == (3, 0)

    def test_asking_before_fitting_is_refused(self) -> None:
        with pytest.raises(NotFittedError):
            self.model().scores(np.array([0]))

    def test_missing_arrays_are_refused(self) -> None:
        state = self.fitted().to_arrays()
        for name in state:
            with pytest.raises(ModelStateError):
                type(self.model()).from_arrays({k: v for k, v in state.items() if k != name})

    def test_learns_from_a_handful_of_rows(self) -> None:
        few = data.build(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 0]))
        items_BK, scores_BK = self.model().fit(few).recommend(np.arange(3), 3, few.seen())
        assert (items_BK >= -1).all()
        assert np.isfinite(scores_BK[items_BK >= 0]).all()


class Conformance(Contract):
    """What a model that learns tastes in passes over the data must do besides: find the known answer."""

    def test_the_item_left_out_is_recommended(self) -> None:
        known = checkerboard()
        items_BK, scores_BK = self.fitted().recommend(np.arange(SIZE), 1, known.seen())
        assert items_BK[:, 0].tolist() == list(range(SIZE))
        assert np.isfinite(scores_BK).all()

    def test_similar_items_share_the_parity(self) -> None:
        items_BK, _ = self.fitted().similar(np.arange(SIZE), 5)
        assert (items_BK % 2 == (np.arange(SIZE) % 2)[:, None]).all()
        assert (items_BK != np.arange(SIZE)[:, None]).all()

    def test_a_newcomer_is_folded_in_from_a_history(self) -> None:
        model = self.fitted()
        history = np.zeros((2, SIZE), dtype=np.float32)
        history[0, [0, 2, 4, 6]] = model.history_value
        history[1, [1, 3, 5, 7]] = model.history_value
        items_BK, _ = model.recommend_for_history(sp.csr_matrix(history), 6)
        assert (items_BK % 2 == [[0], [1]]).all()
        assert not set(items_BK[0]) & {0, 2, 4, 6}

    def test_fold_in_of_a_known_history_agrees_with_training(self) -> None:
        known = checkerboard()
        model = self.fitted()
        folded_BI = model.fold_in(model.history(known)[:6])
        trained_BI = model.scores(np.arange(6))
        for row in range(6):
            assert np.corrcoef(folded_BI[row], trained_BI[row])[0, 1] > 0.95

    def test_stops_when_asked(self) -> None:
        with pytest.raises(TrainingStoppedError):
            self.model().fit(checkerboard(), progress=Stops())

    def test_contributions_name_the_items_of_the_same_taste(self) -> None:
        model = self.fitted()
        history = np.zeros((1, SIZE), dtype=np.float32)
        touched = [0, 3, 4, 6]
        history[0, touched] = np.arange(1, 5) if model.history_is_ordered else model.history_value
        found_KH = model.contributions(sp.csr_matrix(history), np.array([2, 8]))
        assert (found_KH.shape, found_KH.dtype) == ((2, 4), np.float32)
        assert np.isfinite(found_KH).all()
        assert (found_KH[:, [0, 2, 3]].max(axis=1) > found_KH[:, 1]).all()  # 3 is the odd one


class ConformanceOfVectors(Conformance):
    """What a `VectorRecommender` must do besides; subclass this one for it (the gate skips nothing)."""

    def test_an_index_over_vectors_scores_as_the_model_does(self) -> None:
        model = self.fitted()
        assert isinstance(model, VectorRecommender)
        items_ID = model.item_vectors_ID
        assert items_ID.dtype == np.float32
        assert items_ID.flags.c_contiguous
        users_B = np.arange(5)
        found_BI = model.user_vectors(users_B) @ items_ID.T
        np.testing.assert_allclose(found_BI, model.scores(users_B), rtol=1e-4, atol=1e-5)
        history_BI = model.history(checkerboard())[:3]
        found_BI = model.fold_in_vectors(history_BI) @ items_ID.T
        np.testing.assert_allclose(found_BI, model.fold_in(history_BI), rtol=1e-4, atol=1e-5)
