"""Runs the towers with ONNX Runtime; no torch.

Shapes: B users or items, K kinds, D width, I items.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common.onnx_run import Network, NetworkError
from ml.recommendation.data import Floats
from ml.recommendation.errors import ModelStateError
from ml.recommendation.two_tower.side import Blocks, Side

OWN_OF_USERS, OWN_OF_ITEMS = 2, 1  # history and id; id


@dataclass(frozen=True)
class Encoder:
    """Networks and scales of both sides, and the vectors of what one touched, float32 (I, D)."""

    of_users: Network
    of_items: Network
    users: Side
    items: Side
    past: Floats

    def people(self, history_BI: sp.csr_matrix, more: Blocks) -> Floats:
        """Return vectors of people known by a history and features, (B, D + 1); the last is 1."""
        past_BD, touched_B = mean_past(history_BI, self.past)
        no_id_BD = np.zeros_like(past_BD)
        own_B2 = np.stack([touched_B, np.zeros_like(touched_B)], 1)
        vectors_BD = _run(self.of_users, [past_BD, no_id_BD, *more.blocks], own_B2, more)
        return np.hstack([vectors_BD, np.ones((len(vectors_BD), 1), dtype=np.float32)])

    def things(self, more: Blocks) -> Floats:
        """Return vectors of items known by features, (B, D + 1); the last is the bias."""
        rows, width = len(more.present), self.past.shape[1]
        no_id_BD = np.zeros((rows, width), dtype=np.float32)
        no_id_B1 = np.zeros((rows, 1), dtype=np.float32)
        return _run(self.of_items, [no_id_BD, *more.blocks], no_id_B1, more)


def mean_past(history_BI: sp.csr_matrix, past_ID: Floats) -> tuple[Floats, Floats]:
    """Return the mean vector of what each touched (B, D), and 1 where there is anything (B,)."""
    counts_B = np.diff(history_BI.indptr).astype(np.float32)
    ones = np.ones(history_BI.nnz, dtype=np.float32)
    marks = sp.csr_matrix((ones, history_BI.indices, history_BI.indptr), shape=history_BI.shape)
    means_BD = np.asarray(marks @ past_ID) / np.maximum(counts_B, 1.0)[:, None]
    return means_BD.astype(np.float32), (counts_B > 0).astype(np.float32)


def nothing_touched(rows: int, n_items: int) -> sp.csr_matrix:
    """Return empty histories, (rows, I)."""
    none = (
        np.zeros(0, dtype=np.float32),
        np.zeros(0, dtype=np.int32),
        np.zeros(rows + 1, np.int32),
    )
    return sp.csr_matrix(none, shape=(rows, n_items))


def load(networks: tuple[Any, Any], sides: tuple[Side, Side], past_ID: Floats) -> Encoder:
    """Return an encoder that has answered once.

    Raises:
        ModelStateError: the networks do not fit the features, or cannot be loaded.
    """
    owns = (OWN_OF_USERS, OWN_OF_ITEMS)
    try:
        opened = [
            Network(raw, _inputs(own + len(side.scales)))
            for raw, own, side in zip(networks, owns, sides, strict=True)
        ]
        encoder = Encoder(opened[0], opened[1], sides[0], sides[1], past_ID)
        nobody = nothing_touched(1, len(past_ID))
        people = encoder.people(nobody, sides[0].read({}, 1))
        things = encoder.things(sides[1].read({}, 1))
    except NetworkError as error:
        raise ModelStateError(str(error)) from error
    if people.shape != things.shape or people.shape != (1, past_ID.shape[1] + 1):
        raise ModelStateError("The stored towers do not answer with vectors of one length.")
    return encoder


def _run(network: Network, blocks: list[Floats], own_BK: Floats, more: Blocks) -> Floats:
    named: dict[str, NDArray[Any]] = {f"block_{place}": each for place, each in enumerate(blocks)}
    return network(**named, present=np.hstack([own_BK, more.present]))


def _inputs(kinds: int) -> frozenset[str]:
    return frozenset({*(f"block_{place}" for place in range(kinds)), "present"})
