"""Interactions as sequences, and sequences as padded batches of nearly one length.

Shapes: U users, H events of one user, B sequences of a batch, T places (the start and up to `length` items).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.recommendation.data import Interactions, Ints

NOTHING = -1
"""Stands for the start of a sequence and for padding among inputs, for no target among targets."""


@dataclass(frozen=True)
class Batch:
    """Inputs int64 (B, T): the start, then items, then padding; targets int64 (B, T): what came next."""

    inputs: Ints
    targets: Ints


def ordered_history(interactions: Interactions) -> sp.csr_matrix:
    """Return a (U, I) matrix whose values are 1 to H in order of time, oldest first.

    Equal times, and data without times, keep the order of the rows.
    """
    times_N = interactions.times
    if times_N is None:
        times_N = np.zeros(len(interactions))
    order_N = np.lexsort((np.arange(len(times_N)), times_N, interactions.users))
    counts_U = np.bincount(interactions.users, minlength=interactions.n_users)
    starts = np.concatenate([[0], np.cumsum(counts_U)])
    places_N = np.arange(len(order_N)) - np.repeat(starts[:-1], counts_U) + 1
    shape = (interactions.n_users, interactions.n_items)
    return sp.csr_matrix(
        (places_N.astype(np.float32), interactions.items[order_N], starts), shape=shape
    )


def sequences(history_BI: sp.csr_matrix) -> list[Ints]:
    """Return the items of every row in order of their values, oldest first."""
    spans = zip(history_BI.indptr[:-1], history_BI.indptr[1:], strict=True)
    return [
        history_BI.indices[start:end][np.argsort(history_BI.data[start:end], kind="stable")].astype(
            np.int64
        )
        for start, end in spans
    ]


def pieces(rows: list[Ints], length: int) -> list[Ints]:
    """Cut sequences into pieces of at most `length`, counted from the end; empty ones go."""
    cut: list[Ints] = []
    for row in rows:
        starts = range(len(row), 0, -length)
        cut.extend(row[max(end - length, 0) : end] for end in starts)
    return cut


def some_shuffled(rows: list[Ints], share: float, rng: np.random.Generator) -> list[Ints]:
    """Return the sequences with a random share of them in random order."""
    mixed_R = rng.random(len(rows)) < share
    return [rng.permutation(row) if mix else row for row, mix in zip(rows, mixed_R, strict=True)]


def batches(rows: list[Ints], tokens: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield every piece once, similar lengths together, in random order, about `tokens` places each."""
    lengths_R = np.array([len(row) for row in rows])
    order_R = np.argsort(lengths_R + rng.random(len(rows)), kind="stable")
    groups = _groups(lengths_R[order_R], tokens)
    for group in rng.permutation(len(groups)):
        start, end = groups[group]
        yield _padded([rows[index] for index in order_R[start:end]])


def latest(rows: list[Ints], length: int) -> tuple[Ints, Ints]:
    """Return inputs (B, T) of the latest `length` items, and the place (B,) of each row's last one."""
    kept = [row[-length:] for row in rows]
    places_B = np.array([len(row) for row in kept], dtype=np.int64)
    inputs_BT = np.full((len(kept), int(places_B.max(initial=0)) + 1), NOTHING, dtype=np.int64)
    for row, items in enumerate(kept):
        inputs_BT[row, 1 : len(items) + 1] = items
    return inputs_BT, places_B


def _groups(lengths_R: NDArray[np.int64], tokens: int) -> list[tuple[int, int]]:
    """Cut rising lengths into runs whose rows x longest stay within `tokens` (one row at least)."""
    groups: list[tuple[int, int]] = []
    start = 0
    for row, length in enumerate(lengths_R.tolist()):
        if row > start and (row - start + 1) * length > tokens:
            groups.append((start, row))
            start = row
    groups.append((start, len(lengths_R)))
    return groups


def _padded(rows: list[Ints]) -> Batch:
    width = max(len(row) for row in rows)
    inputs_BT = np.full((len(rows), width), NOTHING, dtype=np.int64)
    targets_BT = np.full((len(rows), width), NOTHING, dtype=np.int64)
    for index, row in enumerate(rows):
        inputs_BT[index, 1 : len(row)] = row[:-1]
        targets_BT[index, : len(row)] = row
    return Batch(inputs_BT, targets_BT)
