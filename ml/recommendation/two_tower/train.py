"""Fits both towers (torch; CPU or GPU) by cross-entropy over the batch's items and uniform ones.

The item of one interaction is a negative of the others. Popular items are met so more often, which the
correction by the expected count of every item undoes (Yi et al. 2019); uniform ones are drawn besides (Yang
et al. 2020), or rare and new items would never be told apart from what people choose.

Shapes: B interactions of a step, M distinct items of it, N negatives, K kinds, D width, U users, I items.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml.common import seeds
from ml.common.progress import Progress
from ml.recommendation import rounds, warm
from ml.recommendation.data import Floats, Interactions, Ints
from ml.recommendation.sampled_softmax import Negatives, losses
from ml.recommendation.two_tower.features import HISTORY, ID
from ml.recommendation.two_tower.network import TwoTowerNet
from ml.recommendation.two_tower.params import TwoTowerParams
from ml.recommendation.two_tower.side import Blocks

FEWEST_STEPS = 80  # in all epochs together, so that a handful of rows is learned too
BLOCK = 512  # users ranked, or vectors made, at a time


@dataclass(frozen=True)
class Tables:
    """Features of all users and all items, and the names and widths of their kinds."""

    users: Blocks
    items: Blocks
    widths: tuple[dict[str, int], dict[str, int]]


class Trainer:
    """One run over interactions."""

    def __init__(
        self, train: Interactions, tables: Tables, params: TwoTowerParams, progress: Progress
    ) -> None:
        self.train, self.params, self.tables = train, params, tables
        self.seen_UI = train.seen()
        self.where = rounds.device()
        self.known_U = (np.diff(self.seen_UI.indptr) > 0).astype(np.float32)
        counts_I = train.item_counts()
        self.known_I = (counts_I > 0).astype(np.float32)
        self.share_I = torch.as_tensor(counts_I / counts_I.sum())
        self.batch = int(np.clip(len(train) // 4, 32, params.batch))
        with rounds.seeded(params.seed):
            self.net = TwoTowerNet(tables.widths, train.n_users, self._start(), params)
            self.net.to(self.where)
        epochs = max(params.epochs, FEWEST_STEPS // -(-len(train) // self.batch))
        plan = rounds.Plan(epochs, params.patience, params.learning_rate)
        self.rounds = rounds.Rounds(self.net, plan, progress)
        hidden = {ID: params.forget_ids}
        user_kinds, item_kinds = (HISTORY, ID, *tables.widths[0]), (ID, *tables.widths[1])
        self.forget_users, self.forget_items = (
            torch.tensor([hidden.get(kind, params.forget_others) for kind in kinds])
            * float(len(kinds) > 1)
            for kinds in (user_kinds, item_kinds)
        )

    def run(self, held_out: Interactions | None) -> None:
        """Train; see `rounds.Rounds.run`."""
        judge = (lambda: self.closeness(held_out)) if held_out is not None else None
        self.rounds.run(self._epoch, judge)

    def _start(self) -> warm.Start:
        rows = np.split(self.seen_UI.indices.astype(np.int64), self.seen_UI.indptr[1:-1])
        touched = [row for row in rows if len(row)]
        return warm.start(touched, self.train.n_items, self.params.width, self.params.seed)

    def _epoch(self, number: int) -> float:
        """Take one pass; return the mean loss."""
        rng = seeds.generator(self.params.seed, f"epoch {number}")
        order_N = rng.permutation(len(self.train))
        total = torch.zeros((), device=self.where)
        with rounds.seeded(int(rng.integers(2**62))):  # of the dropout and of what is hidden
            for start in range(0, len(order_N), self.batch):
                rows_B = order_N[start : start + self.batch]
                loss_B = self._losses(self.train.users[rows_B], self.train.items[rows_B], rng)
                self.rounds.step(loss_B.mean())
                total += loss_B.detach().sum()
        return float(total) / len(order_N)

    def _losses(self, users_B: Ints, items_B: Ints, rng: np.random.Generator) -> Tensor:
        """Return the loss of each interaction, (B,)."""
        targets_B, negatives = torch.as_tensor(items_B), self._negatives(items_B, rng)
        met = torch.cat([targets_B, negatives.items])
        distinct_M, places = torch.unique(met, return_inverse=True)
        items_MD = self._items(distinct_M.numpy(), self.forget_items)
        history_BI = without(self.seen_UI[users_B], items_B, self.params.longest, rng)
        users_BD = self._users(users_B, history_BI, self.forget_users)
        places = places.to(self.where)
        positive_B = (users_BD * items_MD[places[: len(items_B)]]).sum(1)
        negative_BN = users_BD @ items_MD[places[len(items_B) :]].T
        moved = Negatives(negatives.items.to(self.where), negatives.log_expected.to(self.where))
        return losses(positive_B, negative_BN, targets_B.to(self.where), moved)

    def _negatives(self, items_B: Ints, rng: np.random.Generator) -> Negatives:
        """Return the items of the batch and uniform ones; all items once if they are few."""
        n_items, uniform = self.train.n_items, self.params.uniform
        if n_items <= uniform:
            return Negatives(torch.arange(n_items), torch.zeros(n_items))
        drawn = torch.as_tensor(rng.integers(0, n_items, uniform))
        items_N = torch.cat([torch.as_tensor(items_B), drawn])
        expected_N = len(items_B) * self.share_I[items_N] + uniform / n_items
        return Negatives(items_N, torch.log(expected_N).float())

    def _users(
        self, users_B: Ints, history_BI: sp.csr_matrix, forget_K: Tensor | None = None
    ) -> Tensor:
        """Return the vectors of known users with these histories, (B, D + 1)."""
        flat, starts_B = (torch.as_tensor(each) for each in (history_BI.indices, history_BI.indptr))
        past_BD = torch.nn.functional.embedding_bag(
            flat.long().to(self.where), self.net.past, starts_B[:-1].long().to(self.where)
        )
        own_B2 = np.stack([np.diff(history_BI.indptr) > 0, self.known_U[users_B]], 1)
        blocks, present_BK = self._taken(self.tables.users, users_B, own_B2, forget_K)
        return self.net.users(past_BD, torch.as_tensor(users_B).to(self.where), blocks, present_BK)

    def _items(self, items_B: Ints, forget_K: Tensor | None = None) -> Tensor:
        """Return the vectors of items, (B, D + 1); an item nobody chose has no id."""
        own_B1 = self.known_I[items_B][:, None]
        blocks, present_BK = self._taken(self.tables.items, items_B, own_B1, forget_K)
        return self.net.items(torch.as_tensor(items_B).to(self.where), blocks, present_BK)

    def _taken(
        self, table: Blocks, rows: Ints, own: NDArray[np.generic], forget_K: Tensor | None
    ) -> tuple[list[Tensor], Tensor]:
        """Return blocks and present of some rows, a random part hidden when training."""
        part = table.take(rows)
        present_BK = torch.as_tensor(np.hstack([own.astype(np.float32), part.present]))
        if forget_K is not None:
            present_BK = present_BK * (torch.rand(present_BK.shape) >= forget_K)
        blocks = [torch.as_tensor(block).to(self.where) for block in part.blocks]
        return blocks, present_BK.to(self.where)

    def closeness(self, held_out: Interactions) -> float:
        """Return the mean of 1 / log2(2 + rank) of held-out items among what their users had not touched."""
        items_ID = torch.as_tensor(self.item_vectors()).to(self.where)
        gains = 0.0
        for start in range(0, len(held_out), BLOCK):
            users_B = held_out.users[start : start + BLOCK]
            seen_BI = self.seen_UI[users_B]
            scores_BI = self._users(users_B, seen_BI) @ items_ID.T
            rows_M = np.repeat(np.arange(len(users_B)), np.diff(seen_BI.indptr))
            scores_BI[torch.as_tensor(rows_M), torch.as_tensor(seen_BI.indices).long()] = -torch.inf
            targets_B = torch.as_tensor(held_out.items[start : start + BLOCK])
            gains += rounds.closeness(scores_BI, targets_B.to(self.where))
        return gains / len(held_out)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def item_vectors(self) -> Floats:
        """Return the vectors of all items, (I, D + 1)."""
        every = np.arange(self.train.n_items)
        return _in_blocks([self._items(every[s : s + BLOCK]) for s in range(0, len(every), BLOCK)])

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def user_vectors(self, history_UI: sp.csr_matrix) -> Floats:
        """Return the vectors of all users with these histories, (U, D + 1)."""
        every = np.arange(self.train.n_users)
        starts = range(0, len(every), BLOCK)
        return _in_blocks(
            [self._users(every[s : s + BLOCK], history_UI[s : s + BLOCK]) for s in starts]
        )


def without(
    history_BI: sp.csr_matrix, items_B: Ints, longest: int, rng: np.random.Generator
) -> sp.csr_matrix:
    """Return histories without the item to be found: a random part of each, `longest` items or so at most.

    A part, because newcomers have touched little and must be read as well as those with a long history.
    """
    counts_B = np.diff(history_BI.indptr)
    rows_M = np.repeat(np.arange(len(items_B)), counts_B)
    kept_M = history_BI.indices != items_B[rows_M]
    part_B = rng.uniform(0.25, 1.0, len(items_B)) * np.minimum(
        longest / np.maximum(counts_B, 1), 1.0
    )
    kept_M &= rng.random(len(rows_M)) < part_B[rows_M]
    left_B = np.bincount(rows_M[kept_M], minlength=len(items_B))
    starts = np.concatenate([[0], np.cumsum(left_B)])
    ones = np.ones(int(kept_M.sum()), dtype=np.float32)
    return sp.csr_matrix((ones, history_BI.indices[kept_M], starts), shape=history_BI.shape)


def _in_blocks(parts: list[Tensor]) -> Floats:
    return np.concatenate([part.cpu().numpy() for part in parts])
