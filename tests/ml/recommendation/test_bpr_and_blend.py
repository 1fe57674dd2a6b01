"""BPR against the library it uses; the blend against its members; recency by hand."""

import numpy as np
import pytest
from implicit.cpu.bpr import BayesianPersonalizedRanking

from ml.common.progress import SilentProgress, TrainingStoppedError
from ml.recommendation import data
from ml.recommendation.als import Als, AlsParams
from ml.recommendation.blend import Blend, standardised
from ml.recommendation.bpr import Bpr, BprParams
from ml.recommendation.ease import Ease
from ml.recommendation.errors import ModelStateError
from ml.recommendation.popularity import Popularity, Recency

SMALL = BprParams(factors=8, epochs=30, seed=11)


def random_data(seed: int = 0) -> data.Interactions:
    rng = np.random.default_rng(seed)
    return data.build(rng.integers(0, 60, 600), rng.integers(0, 40, 600))


def test_bpr_is_the_librarys() -> None:
    solver = BayesianPersonalizedRanking(
        factors=8, learning_rate=0.05, iterations=30, num_threads=1, random_state=11
    )
    solver.fit(random_data().seen(), show_progress=False)
    model = Bpr(SMALL).fit(random_data())
    np.testing.assert_array_equal(model.item_vectors_ID, solver.item_factors)
    np.testing.assert_array_equal(model.user_vectors(np.arange(60)), solver.user_factors)


def test_bpr_puts_what_was_chosen_before_what_was_not() -> None:
    known = random_data()
    scores_UI = Bpr(SMALL).fit(known).scores(np.arange(60))
    seen_UI = known.seen().toarray() > 0
    ahead = (scores_UI[seen_UI][:, None] > scores_UI[~seen_UI][None, ::7]).mean()
    assert ahead > 0.8


def test_a_blend_is_the_weighted_sum_of_standardised_scores() -> None:
    members = [Als(AlsParams(factors=8)), Ease()]
    blend = Blend(members, [1.0, 0.5]).fit(random_data())
    users_B = np.arange(9)
    als = Als(AlsParams(factors=8)).fit(random_data()).scores(users_B)
    ease = Ease().fit(random_data()).scores(users_B)
    expected_BI = standardised(als) + 0.5 * standardised(ease)
    np.testing.assert_allclose(blend.scores(users_B), expected_BI, atol=1e-3)
    assert standardised(als).std(axis=1) == pytest.approx(1.0, abs=1e-4)


def test_the_unit_of_a_member_does_not_matter() -> None:
    scores_BI = Ease().fit(random_data()).scores(np.arange(9))
    np.testing.assert_allclose(standardised(scores_BI * 1000), standardised(scores_BI), atol=1e-4)
    assert (standardised(np.ones((2, 5), dtype=np.float32)) == 0).all()


def test_contributions_of_a_blend_are_its_members() -> None:
    blend = Blend([Ease(), Popularity()], [1.0, 1.0]).fit(random_data())
    history_1I = random_data().seen()[4]
    own_KH = Ease().fit(random_data()).contributions(history_1I, np.arange(6))
    found_KH = blend.contributions(history_1I, np.arange(6))
    assert np.corrcoef(found_KH.ravel(), own_KH.ravel())[0, 1] > 0.999


def test_a_blend_in_a_blend_and_members_of_other_sizes_are_refused() -> None:
    state = Blend([Ease(), Popularity()], [1.0, 1.0]).fit(random_data()).to_arrays()
    nested = {**state, "kinds": np.frombuffer(b'["ease", "blend"]', dtype=np.uint8)}
    with pytest.raises(ModelStateError):
        Blend.from_arrays(nested)
    shorter = {**state, "1.shares": state["1.shares"][:-1]}
    with pytest.raises(ModelStateError):
        Blend.from_arrays(shorter)


class StopsOnce(SilentProgress):
    """Stops when the second member starts; keeps the checkpoint."""

    kept: bytes | None = None

    def save_checkpoint(self, state: bytes) -> None:
        self.kept = state

    def load_checkpoint(self) -> bytes | None:
        return self.kept

    def should_stop(self) -> bool:
        return self.kept is not None


def test_an_interrupted_blend_keeps_the_members_that_were_finished() -> None:
    progress = StopsOnce()
    with pytest.raises(TrainingStoppedError):
        Blend([Popularity(), Ease()], [0.1, 1.0]).fit(random_data(), progress=progress)
    resumed = StopsOnce()
    resumed.kept = progress.kept
    resumed.should_stop = lambda: False  # type: ignore[method-assign]
    again = Blend([Popularity(), Ease()], [0.1, 1.0]).fit(random_data(), progress=resumed)
    whole = Blend([Popularity(), Ease()], [0.1, 1.0]).fit(random_data())
    np.testing.assert_array_equal(again.scores(np.arange(5)), whole.scores(np.arange(5)))


def test_recency_halves_what_is_a_tenth_of_the_span_old() -> None:
    known = data.build(
        np.array([0, 1, 2, 0]), np.array([0, 1, 2, 3]), times_N=np.array([0.0, 90.0, 80.0, 100.0])
    )
    scores_I = Recency().fit(known).scores(np.array([0]))[0]
    np.testing.assert_allclose(scores_I * 3, [0.5**10, 0.5, 0.25, 1.0], rtol=1e-5)


def test_fixed_seed_fixed_scores() -> None:
    """Values of this seed on the day the test was written; a change means the algorithm changed."""
    scores_N = Bpr(SMALL).fit(random_data()).score(np.array([0, 1, 2]), np.array([0, 1, 2]))
    np.testing.assert_allclose(scores_N, FIXED, atol=2e-3)


FIXED = [-0.064147, -0.294523, 0.046577]
