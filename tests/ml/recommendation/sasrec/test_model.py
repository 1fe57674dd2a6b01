import numpy as np
import pytest
import scipy.sparse as sp
import torch

from ml.common.progress import SilentProgress, TrainingStoppedError
from ml.recommendation import data, rounds
from ml.recommendation.errors import ModelStateError
from ml.recommendation.sasrec import export, train
from ml.recommendation.sasrec.encoder import load
from ml.recommendation.sasrec.model import SasRec
from ml.recommendation.sasrec.params import SasRecParams
from ml.recommendation.sasrec.sequences import NOTHING

QUICK = SasRecParams(
    width=16, blocks=1, length=6, epochs=12, learning_rate=0.01, dropout=0.1, shuffle=0.0, seed=2
)
RING = 12


def ring(users: int = 60, seed: int = 0) -> data.Interactions:
    """Everybody walks a ring of items from a random place: what comes next is the next number."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 8, users)
    starts = rng.integers(0, RING, users)
    users_N = np.repeat(np.arange(users), lengths)
    steps_N = np.concatenate([np.arange(each) for each in lengths])
    items_N = (np.repeat(starts, lengths) + steps_N) % RING
    mixed = rng.permutation(len(users_N))
    return data.build(users_N[mixed], items_N[mixed], times_N=steps_N[mixed].astype(np.float64))


def walked(*items: int) -> sp.csr_matrix:
    places = np.arange(1, len(items) + 1, dtype=np.float32)
    return sp.csr_matrix((places, items, [0, len(items)]), shape=(1, RING))


class Records(SilentProgress):
    """Keeps what a training reports; may stop it at an epoch."""

    def __init__(self, stop_after: int = 0, checkpoint: bytes | None = None) -> None:
        self.curves: dict[str, list[float]] = {}
        self.stop_after, self.checkpoint = stop_after, checkpoint

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        self.curves.setdefault(name, []).append(value)

    def should_stop(self) -> bool:
        return 0 < self.stop_after <= len(self.curves.get("loss", []))

    def save_checkpoint(self, state: bytes) -> None:
        self.checkpoint = state

    def load_checkpoint(self) -> bytes | None:
        return self.checkpoint


@pytest.fixture(scope="module")
def fitted() -> SasRec:
    return SasRec(QUICK).fit(ring())


def test_the_next_item_is_found_from_the_order_alone(fitted: SasRec) -> None:
    upward = [int(fitted.fold_in(walked(a - 2, a - 1, a)).argmax()) for a in range(2, RING - 1)]
    assert upward == list(range(3, RING))


def test_the_same_items_in_another_order_get_another_answer(fitted: SasRec) -> None:
    assert fitted.fold_in(walked(4, 5, 6)).argmax() == 7
    assert fitted.fold_in(walked(6, 5, 4)).argmax() != 7


def test_only_the_latest_items_count(fitted: SasRec) -> None:
    long, short = walked(0, 1, 2, 3, 4, 5, 6, 7), walked(2, 3, 4, 5, 6, 7)
    np.testing.assert_allclose(fitted.fold_in(long), fitted.fold_in(short), atol=1e-5)


def test_known_users_have_the_vector_of_their_history(fitted: SasRec) -> None:
    history_UI = fitted.history(ring())
    np.testing.assert_allclose(
        fitted.user_vectors(np.arange(60)), fitted.fold_in_vectors(history_UI), atol=1e-5
    )


def test_many_histories_get_what_each_gets_alone(fitted: SasRec) -> None:
    history_UI = fitted.history(ring())
    alone = np.concatenate([fitted.fold_in_vectors(history_UI[[row]]) for row in range(10)])
    np.testing.assert_allclose(fitted.fold_in_vectors(history_UI)[:10], alone, atol=1e-5)


@pytest.mark.parametrize("t", [1, 4, 7])
def test_the_exported_network_equals_torch(t: int) -> None:
    params = SasRecParams(width=8, heads=2, blocks=2, length=6)
    net = train.Trainer([np.arange(9)], 9, params, SilentProgress()).net.cpu().eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    inputs_BT = np.random.default_rng(t).integers(0, 9, (3, t))
    inputs_BT[:, 0] = NOTHING
    with torch.no_grad():
        expected_BTD = net(torch.as_tensor(inputs_BT)).numpy()
    items_ID, start_D = net.items.detach().numpy(), net.start.detach().numpy()
    encoder = load(export.network(net), items_ID, start_D, params.length)
    given_BTD = np.where(inputs_BT[..., None] == NOTHING, start_D, items_ID[inputs_BT])
    np.testing.assert_allclose(encoder.network(vectors=given_BTD), expected_BTD, atol=1e-5)


def test_the_same_seed_gives_the_same_model_and_another_another() -> None:
    few = SasRecParams(width=8, blocks=1, epochs=1, batch_tokens=128)
    first, second = (SasRec(few).fit(ring()).to_arrays() for _ in range(2))
    other = SasRec(SasRecParams(width=8, blocks=1, epochs=1, seed=9)).fit(ring()).to_arrays()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    assert not np.array_equal(first["item_vectors"], other["item_vectors"])


def test_a_training_that_goes_on_ends_where_it_would_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "CHECKPOINT_EVERY_S", 0.0)
    whole, stopped = Records(), Records(stop_after=3)
    expected = SasRec(QUICK).fit(ring(), progress=whole).to_arrays()
    with pytest.raises(TrainingStoppedError):
        SasRec(QUICK).fit(ring(), progress=stopped)
    resumed = Records(checkpoint=stopped.checkpoint)
    found = SasRec(QUICK).fit(ring(), progress=resumed).to_arrays()
    assert len(resumed.curves["loss"]) == len(whole.curves["loss"]) - 3
    np.testing.assert_allclose(found["item_vectors"], expected["item_vectors"], atol=1e-5)


def test_a_checkpoint_of_other_settings_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "CHECKPOINT_EVERY_S", 0.0)
    wide, narrow = Records(), SasRecParams(width=8, blocks=1, epochs=1)
    SasRec(SasRecParams(width=16, blocks=1, epochs=1)).fit(ring(), progress=wide)
    alone = SasRec(narrow).fit(ring()).to_arrays()
    found = SasRec(narrow).fit(ring(), progress=Records(checkpoint=wide.checkpoint)).to_arrays()
    np.testing.assert_array_equal(found["item_vectors"], alone["item_vectors"])


def test_loss_and_validation_are_reported_every_epoch_and_the_loss_falls() -> None:
    records = Records()
    model = SasRec(QUICK).fit(ring(), progress=records)
    losses, closeness = records.curves["loss"], records.curves["validation_closeness"]
    assert len(losses) == len(closeness)
    assert losses[-1] < losses[0]
    assert closeness[model.epochs_used - 1] == max(closeness)


def test_people_with_one_event_teach_what_comes_first() -> None:
    lonely = data.build(np.arange(30), np.where(np.arange(30) < 24, 3, np.arange(30) % 5))
    model = SasRec(QUICK).fit(lonely)
    assert model.fold_in(sp.csr_matrix((1, lonely.n_items), dtype=np.float32)).argmax() == 3


@pytest.mark.parametrize(
    "change",
    [
        {"network": np.zeros(9, dtype=np.uint8)},
        {"start": np.zeros(3, dtype=np.float32)},
        {"length": np.array([400], dtype=np.int64)},
        {"length": np.array([], dtype=np.int64)},
    ],
)
def test_a_state_that_does_not_fit_together_is_refused(fitted: SasRec, change: dict) -> None:
    with pytest.raises(ModelStateError):
        SasRec.from_arrays({**fitted.to_arrays(), **change})
