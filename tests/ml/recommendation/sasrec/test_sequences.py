import numpy as np
import scipy.sparse as sp

from ml.recommendation import data
from ml.recommendation.sasrec import sequences
from ml.recommendation.sasrec.sequences import NOTHING


def test_history_counts_places_in_time() -> None:
    touched = data.build(
        np.array([0, 0, 0, 1, 1]), np.array([4, 2, 3, 1, 0]), times_N=np.array([30.0, 10, 20, 7, 7])
    )
    history_UI = sequences.ordered_history(touched)
    assert history_UI.toarray().tolist() == [[0, 0, 1, 2, 3], [2, 1, 0, 0, 0]]
    assert [row.tolist() for row in sequences.sequences(history_UI)] == [[2, 3, 4], [1, 0]]


def test_without_times_the_rows_are_the_order() -> None:
    touched = data.build(np.array([1, 0, 1, 1]), np.array([3, 1, 0, 2]))
    rows = sequences.sequences(sequences.ordered_history(touched))
    assert [row.tolist() for row in rows] == [[1], [3, 0, 2]]


def test_only_the_order_of_the_values_counts() -> None:
    history = sp.csr_matrix((np.float32([7, 2, 5]), [0, 1, 2], [0, 3, 3]), shape=(2, 4))
    assert [row.tolist() for row in sequences.sequences(history)] == [[1, 2, 0], []]


def test_long_sequences_are_cut_from_the_end() -> None:
    cut = sequences.pieces([np.arange(7), np.arange(0), np.arange(2)], 3)
    assert [row.tolist() for row in cut] == [[4, 5, 6], [1, 2, 3], [0], [0, 1]]


def test_every_event_is_a_target_once_and_follows_its_input() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.permutation(40)[: rng.integers(1, 9)] for _ in range(50)]
    found: list[int] = []
    for batch in sequences.batches(rows, 32, rng):
        assert batch.inputs.shape == batch.targets.shape
        assert batch.inputs.size <= 32
        assert (batch.inputs[:, 0] == NOTHING).all()
        np.testing.assert_array_equal(
            batch.inputs[:, 1:],
            np.where(batch.targets[:, 1:] == NOTHING, NOTHING, batch.targets[:, :-1]),
        )
        found += batch.targets[batch.targets != NOTHING].tolist()
    assert sorted(found) == sorted(np.concatenate(rows).tolist())


def test_one_long_row_still_makes_a_batch() -> None:
    made = list(sequences.batches([np.arange(9)], 4, np.random.default_rng(0)))
    assert [batch.inputs.shape for batch in made] == [(1, 9)]


def test_latest_inputs_end_at_each_rows_place() -> None:
    inputs_BT, places_B = sequences.latest([np.arange(5), np.arange(0), np.array([8])], 3)
    assert inputs_BT.tolist() == [[-1, 2, 3, 4], [-1, -1, -1, -1], [-1, 8, -1, -1]]
    assert places_B.tolist() == [3, 0, 1]


def test_shuffling_keeps_the_items() -> None:
    rows = [np.arange(6) + index for index in range(200)]
    mixed = sequences.some_shuffled(rows, 0.5, np.random.default_rng(0))
    assert [sorted(row.tolist()) for row in mixed] == [row.tolist() for row in rows]
    assert 60 < sum((a != b).any() for a, b in zip(rows, mixed, strict=True)) < 140
