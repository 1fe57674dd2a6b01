"""y_ui = theta_u . Phi_i + theta_v . Phi_v: gradients, closed form, known answer, cold start."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from ml.common.progress import SilentProgress, TrainingStoppedError
from ml.recommendation import data, evaluate, holdout, side
from ml.recommendation import feature_equations as equations
from ml.recommendation.errors import EqualRatingsError, FeatureShapeError
from ml.recommendation.feature_equations import Embeddings, Tables
from ml.recommendation.feature_mf import FeatureMf, FeatureMfParams
from ml.recommendation.feature_pairs import Pairs, Schedule
from ml.recommendation.feature_train import FeatureNet, Trainer

USERS, ITEMS, F, G = 12, 9, 3, 4


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def tables(rng: np.random.Generator) -> Tables:
    return Tables(
        rng.normal(size=(USERS, F)).astype(np.float32),
        rng.normal(size=(ITEMS, G)).astype(np.float32),
    )


def embeddings(rng: np.random.Generator) -> Embeddings:
    return Embeddings(rng.normal(size=(USERS, G)), rng.normal(size=(ITEMS, F)))


def pairs(rng: np.random.Generator, count: int = 80) -> tuple[np.ndarray, np.ndarray]:
    flat = rng.choice(USERS * ITEMS, count, replace=False)
    return flat // ITEMS, flat % ITEMS


def loss(
    theta: Embeddings, phi: Tables, where: tuple[np.ndarray, np.ndarray], r: np.ndarray, lam: float
) -> float:
    errors = equations.predict(theta, phi, *where) - r
    lengths = (theta.users[where[0]] ** 2).sum(1) + (theta.items[where[1]] ** 2).sum(1)
    return float((errors**2 + lam * lengths).sum())


def joint_ridge(
    phi: Tables, where: tuple[np.ndarray, np.ndarray], r: np.ndarray, lam: float
) -> Embeddings:
    """Solve for all embeddings at once: y is linear in them, so L has one closed-form minimum."""
    n_theta = USERS * G + ITEMS * F
    design = np.zeros((len(r), n_theta))
    for row, (u, i) in enumerate(zip(*where, strict=True)):
        design[row, u * G : (u + 1) * G] = phi.items[i]
        start = USERS * G + i * F
        design[row, start : start + F] = phi.users[u]
    often = np.concatenate(
        [
            np.repeat(np.bincount(where[0], minlength=USERS), G),
            np.repeat(np.bincount(where[1], minlength=ITEMS), F),
        ]
    )
    solution = np.linalg.lstsq(design.T @ design + lam * np.diag(often), design.T @ r, rcond=None)[
        0
    ]
    cut = USERS * G
    return Embeddings(solution[:cut].reshape(USERS, G), solution[cut:].reshape(ITEMS, F))


def test_prediction_is_the_formula_written_out(rng: np.random.Generator) -> None:
    theta, phi = embeddings(rng), tables(rng)
    found = equations.predict(theta, phi, np.array([2]), np.array([7]))[0]
    by_hand = sum(theta.users[2, g] * phi.items[7, g] for g in range(G))
    by_hand += sum(theta.items[7, f] * phi.users[2, f] for f in range(F))
    assert found == pytest.approx(by_hand)


def test_hand_written_gradients_equal_differences(rng: np.random.Generator) -> None:
    theta, phi, where = embeddings(rng), tables(rng), pairs(rng)
    r, step = rng.normal(size=80), 1e-6
    found = equations.gradients(theta, phi, where, r, 0.3)
    for side_of, place in ((0, (3, 1)), (0, (11, 3)), (1, (0, 2)), (1, (8, 0))):
        values = []
        for sign in (1, -1):
            moved = Embeddings(theta.users.copy(), theta.items.copy())
            (moved.users, moved.items)[side_of][place] += sign * step
            values.append(loss(moved, phi, where, r, 0.3))
        numeric = (values[0] - values[1]) / (2 * step)
        assert (found.users, found.items)[side_of][place] == pytest.approx(numeric, rel=1e-4)


def test_autograd_equals_the_hand_written_gradients(rng: np.random.Generator) -> None:
    theta, phi, where = embeddings(rng), tables(rng), pairs(rng)
    r = rng.normal(size=80).astype(np.float32)
    net = FeatureNet(phi)
    with torch.no_grad():
        net.theta_users.copy_(torch.as_tensor(theta.users))
        net.theta_items.copy_(torch.as_tensor(theta.items))
    y_N, lengths_N = net(torch.as_tensor(where[0]), torch.as_tensor(where[1]))
    ((y_N - torch.as_tensor(r)).square() + 0.3 * lengths_N).sum().backward()
    expected = equations.gradients(theta, phi, where, r, 0.3)
    np.testing.assert_allclose(net.theta_users.grad, expected.users, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(net.theta_items.grad, expected.items, rtol=1e-3, atol=1e-3)


def test_gradients_vanish_at_the_closed_form(rng: np.random.Generator) -> None:
    phi, where = tables(rng), pairs(rng)
    r = rng.normal(size=80)
    found = equations.gradients(joint_ridge(phi, where, r, 0.3), phi, where, r, 0.3)
    np.testing.assert_allclose(found.users, 0, atol=1e-8)
    np.testing.assert_allclose(found.items, 0, atol=1e-8)


def test_adam_reaches_the_closed_form(rng: np.random.Generator) -> None:
    phi, where = tables(rng), pairs(rng)
    r = rng.normal(size=80).astype(np.float32)
    schedule = Schedule(250, learning_rate=0.1, batch_size=80, regularisation=0.3, decay=0.98)
    trainer = Trainer(phi, schedule, seed=0)
    trainer.run((Pairs(*where, r) for _ in range(250)), None, SilentProgress())
    best = joint_ridge(phi, where, r, 0.3)
    np.testing.assert_allclose(trainer.best.users, best.users, atol=0.02)
    np.testing.assert_allclose(trainer.best.items, best.items, atol=0.02)


def rated(rng: np.random.Generator, noise: float = 0.1) -> tuple[data.Interactions, data.Features]:
    """Ratings made by the formula itself: 60 users who weigh 3 item features differently."""
    features = data.Features(items=rng.normal(size=(40, 3)).astype(np.float32))
    assert features.items is not None
    tastes = rng.normal(size=(60, 3))
    users, items = np.meshgrid(np.arange(60), np.arange(40), indexing="ij")
    chosen = rng.random((60, 40)) < 0.5
    clean = (tastes @ features.items.T)[chosen]
    ratings = 3 + clean + noise * rng.normal(size=len(clean))
    return data.build(users[chosen], items[chosen], ratings), features


def test_ratings_made_by_the_formula_are_predicted(rng: np.random.Generator) -> None:
    known, features = rated(rng)
    cut = holdout.share(known, 0, 0.2)
    params = FeatureMfParams(regularisation=0.05, learning_rate=0.05)
    model = FeatureMf(params).fit(cut.train, features)
    found = evaluate.rating_errors(model, cut.held_out)["rmse"]
    assert found < 0.5 * float(cut.held_out.ratings.std())  # type: ignore[union-attr]


def test_an_item_nobody_rated_is_predicted_from_its_features(rng: np.random.Generator) -> None:
    known, features = rated(rng)
    cold = known.items == 7
    model = FeatureMf(FeatureMfParams(regularisation=0.02, learning_rate=0.05)).fit(
        known.take(~cold), features
    )
    held_out = known.take(cold)
    predicted = model.score(held_out.users, held_out.items)
    assert np.corrcoef(predicted, held_out.ratings)[0, 1] > 0.8  # type: ignore[arg-type]


def test_a_newcomers_ratings_are_folded_in(rng: np.random.Generator) -> None:
    known, features = rated(rng)
    newcomer = known.users == 5
    params = FeatureMfParams(regularisation=0.02, learning_rate=0.05)
    model = FeatureMf(params).fit(known.take(~newcomer), features)
    theirs = known.take(newcomer)
    half = np.arange(len(theirs)) % 2 == 0
    assert theirs.ratings is not None
    history = sp.csr_matrix(
        (theirs.ratings[half], (np.zeros(half.sum(), int), theirs.items[half])), shape=(1, 40)
    )
    predicted = model.fold_in(history)[0, theirs.items[~half]]
    assert np.corrcoef(predicted, theirs.ratings[~half])[0, 1] > 0.8


def test_training_stops_when_validation_does_not_improve(rng: np.random.Generator) -> None:
    users, items = np.divmod(rng.choice(2400, 900, replace=False), 40)
    noise = data.build(users, items, rng.normal(size=900))
    model = FeatureMf(FeatureMfParams(epochs=60, regularisation=0.0, learning_rate=0.1)).fit(noise)
    assert model.epochs_used < 20


class Broken(SilentProgress):
    """Stops after some epochs; keeps the checkpoint."""

    kept: bytes | None = None

    def __init__(self, left: int) -> None:
        self.left = left

    def should_stop(self) -> bool:
        self.left -= 1
        return self.left < 0

    def save_checkpoint(self, state: bytes) -> None:
        self.kept = state

    def load_checkpoint(self) -> bytes | None:
        return self.kept


@pytest.mark.parametrize("implicit", [False, True])
def test_an_interrupted_fit_ends_where_it_would_have_ended(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, *, implicit: bool
) -> None:
    monkeypatch.setattr("ml.recommendation.feature_train.CHECKPOINT_EVERY_S", 0.0)
    known, features = rated(rng)
    if implicit:
        known = data.build(known.users, known.items)
    model, broken, resumed = FeatureMfParams(epochs=8, seed=2), Broken(5), Broken(10**6)
    with pytest.raises(TrainingStoppedError):
        FeatureMf(model).fit(known, features, broken)
    resumed.kept = broken.kept
    assert resumed.kept
    again = FeatureMf(model).fit(known, features, resumed).to_arrays()
    for name, array in FeatureMf(model).fit(known, features).to_arrays().items():
        np.testing.assert_allclose(again[name], array, atol=1e-5)


def test_equal_ratings_are_refused_with_words() -> None:
    built = data.build(np.array([0, 1, 1]), np.array([0, 1, 0]), np.full(3, 5.0))
    with pytest.raises(EqualRatingsError, match="All 3 ratings are 5"):
        FeatureMf().fit(built)


def test_features_of_another_size_are_refused() -> None:
    built = data.build(np.array([0, 1, 1]), np.array([0, 1, 0]), np.array([1.0, 2.0, 3.0]))
    with pytest.raises(FeatureShapeError):
        FeatureMf().fit(built, data.Features(items=np.zeros((5, 2), np.float32)))


def test_spectral_features_span_what_an_exact_decomposition_finds() -> None:
    rng = np.random.default_rng(1)
    matrix = sp.random_array((80, 50), density=0.2, rng=rng, dtype=np.float64).tocsr()
    found = side.right_singular(matrix, 5)
    _, _, right = np.linalg.svd(matrix.toarray())
    overlap = np.linalg.svd(found.T @ right[:5].T)[1]
    assert overlap[0] == pytest.approx(1, abs=1e-3)
    assert np.allclose(found.T @ found, np.eye(5), atol=1e-8)


def test_fixed_seed_fixed_scores() -> None:
    """Values of this seed on the day the test was written; a change means the algorithm changed."""
    known, features = rated(np.random.default_rng(5))
    model = FeatureMf(FeatureMfParams(epochs=5, seed=2)).fit(known, features)
    scores = model.score(np.array([0, 1, 2]), np.array([0, 1, 2]))
    np.testing.assert_allclose(scores, FIXED, atol=2e-3)


FIXED = [2.576079, 2.540104, 2.498963]
