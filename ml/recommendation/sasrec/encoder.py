"""Turns histories into user vectors with ONNX Runtime; no torch.

Shapes: B histories, T places, D width, I items.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.onnx_run import Network, NetworkError
from ml.recommendation.data import Floats
from ml.recommendation.errors import ModelStateError
from ml.recommendation.sasrec.sequences import NOTHING, latest, sequences

INPUTS = frozenset({"vectors"})
BLOCK_PLACES = 16_384  # at a time: 64 MiB of activations at width 64


@dataclass(frozen=True)
class Encoder:
    """The network, the items' vectors (I, D), the start (D,), and the longest history that counts."""

    network: Network
    items: Floats
    start: Floats
    length: int

    def __call__(self, history_BI: sp.csr_matrix) -> Floats:
        """Return the state after the latest item of each history, float32 (B, D)."""
        rows = [row[-self.length :] for row in sequences(history_BI)]
        vectors_BD = np.empty((len(rows), len(self.start)), dtype=np.float32)
        order_B = np.argsort([len(row) for row in rows], kind="stable")
        start = 0
        while start < len(rows):
            end = self._end(rows, order_B, start)
            inputs_BT, places_B = latest([rows[row] for row in order_B[start:end]], self.length)
            given_BTD = np.where(inputs_BT[..., None] == NOTHING, self.start, self.items[inputs_BT])
            states_BTD = self.network(vectors=given_BTD)
            vectors_BD[order_B[start:end]] = states_BTD[np.arange(len(places_B)), places_B]
            start = end
        return vectors_BD

    def _end(self, rows: list[NDArray[np.int64]], order_B: NDArray[np.intp], start: int) -> int:
        """Return where the next block ends: rows of rising length, within BLOCK_PLACES."""
        end = start + 1
        while end < len(rows) and (end + 1 - start) * (len(rows[order_B[end]]) + 1) <= BLOCK_PLACES:
            end += 1
        return end


def load(raw: NDArray[Any], items_ID: Floats, start_D: Floats, length: int) -> Encoder:
    """Return an encoder that has answered once.

    Raises:
        ModelStateError: the network does not fit the vectors, or cannot be loaded.
    """
    if start_D.shape != items_ID.shape[1:] or not 1 <= length <= 10_000:
        raise ModelStateError("The start of the sequences does not fit the item vectors.")
    try:
        encoder = Encoder(Network(raw, INPUTS), items_ID, start_D, length)
        answer_BTD = encoder.network(vectors=np.zeros((1, length + 1, len(start_D)), np.float32))
    except NetworkError as error:
        raise ModelStateError(str(error)) from error
    if answer_BTD.shape != (1, length + 1, len(start_D)):
        raise ModelStateError("The stored network does not answer with user vectors.")
    return encoder
