"""ALS against the library it uses, against the equations, and with a fixed seed."""

import numpy as np
import pytest
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares

from ml.common.progress import SilentProgress, TrainingStoppedError
from ml.recommendation import data
from ml.recommendation.als import MAX_WEIGHT, Als, AlsParams
from ml.recommendation.contract import Recommender

FEW = AlsParams(factors=8, iterations=6, seed=11)


def random_data(seed: int = 0) -> data.Interactions:
    rng = np.random.default_rng(seed)
    return data.build(rng.integers(0, 60, 600), rng.integers(0, 40, 600))


class Recorder(SilentProgress):
    """Keeps the curve and the checkpoints; stops after `stop_after` looks."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.points: list[tuple[str, int | None, float]] = []
        self.left = stop_after
        self.kept: bytes | None = None

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        self.points.append((name, step, value))

    def should_stop(self) -> bool:
        self.left -= 1
        return self.left < 0

    def save_checkpoint(self, state: bytes) -> None:
        self.kept = state

    def load_checkpoint(self) -> bytes | None:
        return self.kept


def test_equals_the_library_at_the_same_absolute_settings() -> None:
    known = random_data()
    ours = Als(FEW).fit(known)
    library = AlternatingLeastSquares(
        factors=8,
        regularization=FEW.regularisation * known.mean_per_user,
        alpha=FEW.confidence / known.density**0.5,
        iterations=6,
        random_state=11,
    )
    library.fit(known.seen(), show_progress=False)
    users_UD, items_ID = ours.vectors()
    np.testing.assert_allclose(users_UD, library.user_factors, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(items_ID, library.item_factors, rtol=1e-4, atol=1e-5)


def test_fold_in_equals_the_librarys_recalculated_user() -> None:
    known = random_data()
    ours = Als(FEW).fit(known)
    library = AlternatingLeastSquares(
        factors=8, regularization=ours.penalty, alpha=ours.confidence, random_state=11
    )
    library.user_factors, library.item_factors = ours.vectors()
    history_BI = known.seen()[:5]
    expected_BI = library.recalculate_user(np.arange(5), history_BI) @ ours.vectors()[1].T
    np.testing.assert_allclose(ours.fold_in(history_BI), expected_BI, rtol=1e-3, atol=1e-4)


def test_fold_in_solves_the_weighted_least_squares_problem() -> None:
    """x = argmin sum_i c_i (p_i - x.y_i)^2 + penalty |x|^2, written out over every item."""
    model = Als(FEW).fit(random_data())
    items_ID = model.vectors()[1].astype(np.float64)
    liked_I = np.zeros(len(items_ID))
    liked_I[[3, 17, 21]] = 1
    confidence_I = np.where(liked_I > 0, model.confidence, 1.0)
    left_DD = (items_ID.T * confidence_I) @ items_ID + model.penalty * np.eye(8)
    expected_D = np.linalg.solve(left_DD, items_ID.T @ (confidence_I * liked_I))
    scores_1I = model.fold_in(sp.csr_matrix(liked_I[None].astype(np.float32)))
    np.testing.assert_allclose(scores_1I[0], items_ID @ expected_D, rtol=1e-3, atol=1e-5)


def test_settings_scale_with_the_data() -> None:
    known = random_data()
    model = Als(FEW).fit(known)
    assert model.penalty == pytest.approx(0.37 * len(known) / known.n_users)
    assert model.confidence == pytest.approx(0.9 / np.sqrt(len(known) / (60 * 40)))


def test_ratings_weigh_choices_within_bounds() -> None:
    built = data.build(
        np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1]), np.array([1.0, 3.0, -2.0, 0.0, 80.0])
    )
    weights = sorted(Als().history(built).data.tolist())
    assert weights[0] == weights[1] == pytest.approx(1e-3)
    assert weights[2:4] == pytest.approx([1 / 28, 3 / 28])
    assert weights[4] == pytest.approx(min(80 / 28, MAX_WEIGHT))
    assert set(Als(AlsParams(use_ratings=False)).history(built).data) == {1.0}


def test_factors_never_exceed_what_the_matrix_can_fill() -> None:
    assert Als(AlsParams(factors=512)).fit(random_data()).vectors()[1].shape == (40, 40)


def test_the_loss_falls_and_every_iteration_is_reported() -> None:
    seen = Recorder()
    Als(AlsParams(factors=8, iterations=6, report_loss=True)).fit(random_data(), progress=seen)
    steps = [step for name, step, _ in seen.points if name == "loss"]
    losses = [value for name, _, value in seen.points if name == "loss"]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert losses[-1] < losses[0]


def test_an_interrupted_fit_continues_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.recommendation.als.CHECKPOINT_EVERY_S", 0.0)
    broken = Recorder(stop_after=3)
    with pytest.raises(TrainingStoppedError):
        Als(FEW).fit(random_data(), progress=broken)
    resumed = Recorder()
    resumed.kept = broken.kept
    assert broken.kept
    continued = Als(FEW).fit(random_data(), progress=resumed).to_arrays()
    whole = Als(FEW).fit(random_data()).to_arrays()
    for name in whole:
        np.testing.assert_allclose(continued[name], whole[name], rtol=1e-4, atol=1e-5)


def test_fixed_seed_fixed_scores() -> None:
    """Values of this seed on the day the test was written; a change means the algorithm changed."""
    model = Als(FEW).fit(random_data())
    scores = model.score(np.array([0, 1, 2]), np.array([0, 1, 2]))
    np.testing.assert_allclose(scores, FIXED, atol=2e-3)


FIXED = [0.502921, 0.037311, 0.303741]


def test_contributions_sum_to_the_score() -> None:
    model = Als(FEW).fit(random_data())
    history_1I = model.history(random_data())[4]
    items_K = np.arange(6)
    found_KH = model.contributions(history_1I, items_K)
    expected_K = model.fold_in(history_1I)[0, items_K]
    np.testing.assert_allclose(found_KH.sum(axis=1), expected_K, rtol=1e-4, atol=1e-5)


def test_leaving_out_agrees_with_the_closed_form_on_what_matters_most() -> None:
    model = Als(FEW).fit(random_data())
    history_1I = model.history(random_data())[4]
    exact_KH = model.contributions(history_1I, np.arange(8))
    left_out_KH = Recommender.contributions(model, history_1I, np.arange(8))
    assert np.corrcoef(exact_KH.ravel(), left_out_KH.ravel())[0, 1] > 0.8
