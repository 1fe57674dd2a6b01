from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from ml.common.progress import SilentProgress, TrainingStoppedError
from ml.recommendation import data, rounds
from ml.recommendation.errors import FeatureShapeError, ModelStateError
from ml.recommendation.two_tower import side, train
from ml.recommendation.two_tower.features import RichFeatures, kinds_of
from ml.recommendation.two_tower.model import TwoTower
from ml.recommendation.two_tower.params import TwoTowerParams

USERS, ITEMS, GROUPS = 90, 60, 3
QUICK = TwoTowerParams(
    width=8, epochs=24, learning_rate=0.03, batch=512, dropout=0.0, patience=9, seed=1
)


def world(seed: int = 0) -> tuple[data.Interactions, RichFeatures, np.ndarray]:
    """People of three tastes; every fifth item is cold: known by its text and picture only.

    The table is noise, the text tells the group, the picture too but for two thirds of the items only.
    """
    rng = np.random.default_rng(seed)
    group_I = np.arange(ITEMS) % GROUPS
    wanted_UI = (np.arange(USERS)[:, None] % GROUPS == group_I) & (rng.random((USERS, ITEMS)) < 0.5)
    cold_I = np.arange(ITEMS) % 5 == 0
    users_N, items_N = np.nonzero(wanted_UI & ~cold_I)
    text_IW = np.eye(GROUPS)[group_I] + 0.1 * rng.standard_normal((ITEMS, GROUPS))
    image_IW = np.where(rng.random((ITEMS, 1)) < 0.67, text_IW[:, ::-1], np.nan)
    features = RichFeatures(
        users=np.eye(GROUPS, dtype=np.float32)[np.arange(USERS) % GROUPS],
        items=rng.standard_normal((ITEMS, 2)).astype(np.float32),
        item_kinds={"text": text_IW.astype(np.float32), "image": image_IW.astype(np.float32)},
    )
    return data.build(users_N, items_N, shape=(USERS, ITEMS)), features, cold_I


def share_in_group(scores_BI: np.ndarray, groups_B: np.ndarray, items_C: np.ndarray) -> float:
    """Return the share of the best four of given items that are of each row's own group."""
    best_B4 = items_C[np.argsort(-scores_BI[:, items_C], axis=1)[:, :4]]
    return float((best_B4 % GROUPS == groups_B[:, None]).mean())


@pytest.fixture(scope="module")
def fitted() -> TwoTower:
    interactions, features, _ = world()
    return TwoTower(QUICK).fit(interactions, features)


def test_cold_items_are_found_by_text_and_picture_alone(fitted: TwoTower) -> None:
    cold_C = np.flatnonzero(world()[2])
    scores_UI = fitted.scores(np.arange(USERS))
    assert share_in_group(scores_UI, np.arange(USERS) % GROUPS, cold_C) > 0.9  # chance is 1/3


def test_a_new_item_needs_one_kind_of_feature(fitted: TwoTower) -> None:
    users_UD = fitted.user_vectors(np.arange(USERS))
    for kinds in ({"text": np.eye(3)}, {"image": np.eye(3)[:, ::-1]}):
        given = {name: table.astype(np.float32) for name, table in kinds.items()}
        scores_UG = users_UD @ fitted.vectors_of_new_items(given).T
        assert (scores_UG.argmax(1) == np.arange(USERS) % GROUPS).mean() > 0.9


def test_a_cold_item_and_a_new_one_with_its_features_have_one_vector(fitted: TwoTower) -> None:
    _, features, cold_I = world()
    kinds = {name: table[cold_I] for name, table in kinds_of(features)[1].items()}
    found_CD = fitted.vectors_of_new_items(kinds)[:, :-1]
    np.testing.assert_allclose(found_CD, fitted.item_vectors_ID[cold_I][:, :-1], atol=1e-4)


def test_a_new_person_is_known_by_features_or_by_a_history(fitted: TwoTower) -> None:
    table = {"table": np.eye(3, dtype=np.float32)}
    by_features = fitted.vectors_of_new_users(table) @ fitted.item_vectors_ID.T
    touched_BI = np.zeros((2, ITEMS), dtype=np.float32)
    touched_BI[0, [1, 4, 7]] = touched_BI[1, [2, 8, 11]] = 1.0
    by_history = fitted.fold_in_vectors(sp.csr_matrix(touched_BI)) @ fitted.item_vectors_ID.T
    assert share_in_group(by_features, np.arange(3), np.arange(ITEMS)) > 0.9
    assert share_in_group(by_history, np.array([1, 2]), np.arange(ITEMS)) > 0.9


def test_somebody_of_whom_nothing_is_known_gets_what_is_popular() -> None:
    rng = np.random.default_rng(0)
    users_N = np.repeat(np.arange(60), 4)
    items_N = np.minimum(rng.geometric(0.25, len(users_N)) - 1, 19)
    known = data.build(users_N, items_N)
    model = TwoTower(replace(QUICK, epochs=30)).fit(known)
    scores_I = model.vectors_of_new_users({})[0] @ model.item_vectors_ID.T
    counts_I = known.item_counts()
    assert np.corrcoef(scores_I[counts_I > 0], np.log(counts_I[counts_I > 0]))[0, 1] > 0.7


def test_exported_towers_equal_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "FEWEST_STEPS", 0)
    interactions, features, _ = world()
    kinds = kinds_of(features)
    sides = (side.learned(kinds[0]), side.learned(kinds[1]))
    model = TwoTower(replace(QUICK, epochs=2, validation=False)).fit(interactions, features)
    unknown_items = model.vectors_of_new_items(kinds[1])
    widths = ({"table": 3}, {name: table.shape[1] for name, table in kinds[1].items()})
    tables = train.Tables(sides[0].read(kinds[0], USERS), sides[1].read(kinds[1], ITEMS), widths)
    trainer = train.Trainer(
        interactions, tables, replace(QUICK, epochs=2, validation=False), SilentProgress()
    )
    trainer.run(None)
    trainer.known_I[:] = 0.0  # as if every item were new
    trainer.known_U[:] = 0.0
    np.testing.assert_allclose(unknown_items, trainer.item_vectors(), atol=1e-5)
    history_UI = interactions.seen()
    by_onnx = model.vectors_of_new_users(kinds[0], history_UI)
    # embedding_bag and the sparse product add up in another order, hence the wider bound
    np.testing.assert_allclose(by_onnx, trainer.user_vectors(history_UI), atol=1e-4)


def test_the_item_to_be_found_is_not_in_the_history_it_is_found_from() -> None:
    rng = np.random.default_rng(0)
    history_BI = sp.csr_matrix(np.ones((3, 200), dtype=np.float32))
    left = train.without(history_BI, np.array([5, 0, 199]), 20, rng)
    assert left[0, 5] == left[1, 0] == left[2, 199] == 0
    assert (np.diff(left.indptr) < 45).all()
    assert (np.diff(left.indptr) > 0).all()


def test_the_batchs_negatives_expect_what_is_drawn() -> None:
    interactions, _, _ = world()
    params = replace(QUICK, uniform=8, batch=64)
    empty = side.learned({})
    tables = train.Tables(empty.read({}, USERS), empty.read({}, ITEMS), ({}, {}))
    trainer = train.Trainer(interactions, tables, params, SilentProgress())
    rng, counts_I = np.random.default_rng(0), np.zeros(ITEMS)
    expected_I = np.zeros(ITEMS)
    for _ in range(400):
        rows = rng.choice(len(interactions), 64)
        drawn = trainer._negatives(interactions.items[rows], rng)
        counts_I += np.bincount(drawn.items, minlength=ITEMS) / 400
        expected_I[drawn.items.numpy()] = torch.exp(drawn.log_expected).numpy()
    np.testing.assert_allclose(counts_I, expected_I, atol=0.25)


def test_same_seed_same_model_with_features(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "FEWEST_STEPS", 0)
    interactions, features, _ = world()
    first, second = (
        TwoTower(replace(QUICK, epochs=1)).fit(interactions, features).to_arrays() for _ in range(2)
    )
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])


def test_a_restored_model_places_new_ones_alike(fitted: TwoTower) -> None:
    restored = TwoTower.from_arrays(fitted.to_arrays())
    given = {"text": np.eye(3, dtype=np.float32)}
    np.testing.assert_array_equal(
        restored.vectors_of_new_items(given), fitted.vectors_of_new_items(given)
    )


class Interrupted(SilentProgress):
    checkpoint: bytes | None = None
    losses = 0

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        self.losses += name == "loss"

    def should_stop(self) -> bool:
        return self.losses >= 2

    def save_checkpoint(self, state: bytes) -> None:
        self.checkpoint = state


class GoesOn(SilentProgress):
    def __init__(self, checkpoint: bytes | None) -> None:
        self.checkpoint = checkpoint

    def load_checkpoint(self) -> bytes | None:
        return self.checkpoint


def test_a_training_that_goes_on_ends_where_it_would_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(train, "FEWEST_STEPS", 0)
    short = replace(QUICK, epochs=4)
    interactions, features, _ = world()
    stopped = Interrupted()
    with pytest.raises(TrainingStoppedError):
        TwoTower(short).fit(interactions, features, stopped)
    whole = TwoTower(short).fit(interactions, features)
    resumed = TwoTower(short).fit(interactions, features, GoesOn(stopped.checkpoint))
    np.testing.assert_allclose(resumed.item_vectors_ID, whole.item_vectors_ID, atol=1e-5)


@pytest.mark.parametrize(
    "kinds", [{"sound": np.zeros((2, 3))}, {"text": np.zeros((2, 9))}, {"text": np.zeros(3)}]
)
def test_features_that_were_not_learned_from_are_refused(fitted: TwoTower, kinds: dict) -> None:
    with pytest.raises(FeatureShapeError):
        fitted.vectors_of_new_items(kinds)


def test_kinds_that_do_not_fit_the_interactions_are_refused() -> None:
    interactions, _, _ = world()
    wrong = RichFeatures(item_kinds={"text": np.zeros((ITEMS + 1, 2), dtype=np.float32)})
    with pytest.raises(FeatureShapeError, match="text"):
        TwoTower(QUICK).fit(interactions, wrong)
    reserved = RichFeatures(user_kinds={"history": np.zeros((USERS, 2), dtype=np.float32)})
    with pytest.raises(FeatureShapeError, match="history"):
        TwoTower(QUICK).fit(interactions, reserved)


@pytest.mark.parametrize(
    "change",
    [
        {"item_network": np.zeros(9, dtype=np.uint8)},
        {"past": np.zeros((3, 2), dtype=np.float32)},
        {"items.widths": np.array([4, 4], dtype=np.int64)},
        {"items.offsets": np.array([0, 9], dtype=np.int64)},
    ],
)
def test_a_state_that_does_not_fit_together_is_refused(fitted: TwoTower, change: dict) -> None:
    with pytest.raises(ModelStateError):
        TwoTower.from_arrays({**fitted.to_arrays(), **change})
