"""The internal cut and how models are judged on it.

Shapes: U users of the cut, B of a block, I items, C candidates of a user, M models, K places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common import seeds
from ml.recommendation import holdout
from ml.recommendation.blend import standardised
from ml.recommendation.contract import Recommender
from ml.recommendation.data import Floats, Interactions, Ints

K = 10
MOST_SCORES = 2 * 10**8  # users x items judged: more only makes a small error smaller
FEWEST_USERS = 2_000
BLOCK_BYTES = 32 * 2**20
TOP = 150  # of each member: what stands further down cannot reach the first places of their blend


@dataclass(frozen=True)
class Board:
    """Candidates of every user and what each model gives them, standardised over all items.

    Attributes:
        scores: float32 (M, U, C); -inf where a user has fewer candidates.
        wanted: bool (U, C), held out.
        relevant: int64 (U,), held-out items of each user.
    """

    scores: Floats
    wanted: NDArray[np.bool_]
    relevant: Ints

    def ndcgs(self, weights_M: Sequence[float], k: int = K) -> NDArray[np.float64]:
        """Return NDCG of each user's candidates by weighted scores, float64 (U,)."""
        total_UC = np.zeros(self.wanted.shape, dtype=np.float32)
        for scores_UC, weight in zip(self.scores, weights_M, strict=True):
            if weight:
                total_UC += np.float32(weight) * scores_UC
        width = min(k, self.wanted.shape[1])
        best_UK = np.argpartition(-total_UC, width - 1, axis=1)[:, :width]
        order_UK = np.argsort(-np.take_along_axis(total_UC, best_UK, 1), axis=1, kind="stable")
        best_UK = np.take_along_axis(best_UK, order_UK, 1)
        discounts_K = 1.0 / np.log2(np.arange(2, width + 2))
        gains_U = np.take_along_axis(self.wanted, best_UK, 1) @ discounts_K
        ideal_K = np.cumsum(1.0 / np.log2(np.arange(2, k + 2)))
        return np.asarray(gains_U / ideal_K[np.minimum(self.relevant, k) - 1])


class Judge:
    """A cut of the training data; `negatives` ranks each held-out item among so many drawn ones.

    With times the latest item of each user is held out, because that is what will be asked; else a random
    tenth of each user's items. Without `negatives` everything a user has not touched is ranked.
    """

    def __init__(self, interactions: Interactions, seed: int, negatives: int = 0) -> None:
        most = max(FEWEST_USERS, MOST_SCORES // interactions.n_items)
        if interactions.times is not None or negatives:
            latest = interactions.times is not None
            cut = holdout.one_per_user(interactions, seed, latest=latest, most=most)
        else:
            cut = holdout.some_per_user(interactions, seed, most=most)
        self.train = cut.train
        self.users_U = np.unique(cut.held_out.users)
        self.held_out = len(cut.held_out)
        self._wanted = cut.held_out.seen()[self.users_U]
        self._seen = cut.train.seen()[self.users_U]
        self._drawn = self._draw(negatives, seed) if negatives else None

    def score(self, model: Recommender) -> float:
        """Return the mean NDCG@10."""
        return float(self.board([model]).ndcgs([1.0]).mean())

    def board(self, models: Sequence[Recommender]) -> Board:
        """Return what the models give the candidates."""
        block = max(1, BLOCK_BYTES // (4 * self.train.n_items * len(models)))
        parts = [
            self._block(models, slice(start, start + block))
            for start in range(0, len(self.users_U), block)
        ]
        width = max(wanted.shape[1] for _, wanted in parts)
        scores = [_wide(scores, width, -np.inf) for scores, _ in parts]
        wanted = [_wide(wanted, width, 0) for _, wanted in parts]
        relevant_U = np.diff(self._wanted.indptr).astype(np.int64)
        return Board(np.concatenate(scores, axis=1), np.concatenate(wanted), relevant_U)

    def _block(
        self, models: Sequence[Recommender], part: slice
    ) -> tuple[Floats, NDArray[np.bool_]]:
        users_B = self.users_U[part]
        rows = [standardised(model.scores(users_B)) for model in models]
        wanted_BI = self._wanted[part]
        if self._drawn is not None:
            items_BC = self._drawn[part]
        else:
            seen_BI = self._seen[part]
            for scores_BI in rows:
                scores_BI[_places(seen_BI)] = -np.inf
            items_BC = _tops(rows)
        wanted_BC = np.take_along_axis(wanted_BI.toarray() > 0, items_BC, axis=1)
        scores_MBC = np.stack([np.take_along_axis(each, items_BC, axis=1) for each in rows])
        scores_MBC[:, items_BC < 0] = -np.inf
        wanted_BC[items_BC < 0] = False
        return scores_MBC, wanted_BC

    def _draw(self, negatives: int, seed: int) -> Ints:
        """Return each user's held-out item, last, after items drawn from what was never touched."""
        rng = seeds.generator(seed, "negatives")
        touched_UI = self._seen + self._wanted
        drawn_UC = np.full((len(self.users_U), negatives + 1), -1, dtype=np.int64)
        for row in range(len(self.users_U)):
            own = touched_UI.indices[touched_UI.indptr[row] : touched_UI.indptr[row + 1]]
            free = np.setdiff1d(rng.integers(0, self.train.n_items, 3 * negatives), own)
            free = rng.permutation(free)[:negatives]
            drawn_UC[row, : len(free)] = free
            drawn_UC[row, -1] = self._wanted.indices[self._wanted.indptr[row]]
        return drawn_UC


def _places(matrix_BI: sp.csr_matrix) -> tuple[Ints, NDArray[np.int32]]:
    return np.repeat(np.arange(matrix_BI.shape[0]), np.diff(matrix_BI.indptr)), matrix_BI.indices


def _tops(rows: Sequence[Floats]) -> Ints:
    """Return the union of every model's best items per user, padded with -1, int64 (B, C)."""
    n_users, n_items = rows[0].shape
    width = min(TOP, n_items)
    best_BI = np.zeros((n_users, n_items), dtype=bool)
    for scores_BI in rows:
        top_BK = np.argpartition(-scores_BI, width - 1, axis=1)[:, :width]
        np.put_along_axis(best_BI, top_BK, True, axis=1)  # noqa: FBT003 (the value put)
    counts_B = best_BI.sum(axis=1)
    items_BC = np.full((n_users, int(counts_B.max())), -1, dtype=np.int64)
    items_BC[np.arange(items_BC.shape[1]) < counts_B[:, None]] = np.nonzero(best_BI)[1]
    return items_BC


def _wide(array: NDArray[Any], width: int, fill: float) -> NDArray[Any]:
    missing = width - array.shape[-1]
    edges = [(0, 0)] * (array.ndim - 1) + [(0, missing)]
    return np.pad(array, edges, constant_values=fill) if missing else array
