"""Fits the network (torch; CPU or GPU): epochs of sampled cross-entropy, the best one by validation kept.

Shapes: B sequences, T places, N targets, D width, K negatives, V validation users, I items.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ml.common import seeds
from ml.common.progress import Progress
from ml.recommendation import rounds, warm
from ml.recommendation.data import Ints
from ml.recommendation.sampled_softmax import Sampler, losses
from ml.recommendation.sasrec.network import SasRecNet
from ml.recommendation.sasrec.params import SasRecParams
from ml.recommendation.sasrec.sequences import (
    NOTHING,
    Batch,
    batches,
    latest,
    pieces,
    some_shuffled,
)

FEWEST_STEPS = 120  # in all epochs together, so that a handful of rows is learned too
MOST_VALIDATED = (
    5_000  # users; the standard error of the figure that picks the epoch is then below 0.004
)
BLOCK = 256  # users ranked at a time


@dataclass(frozen=True)
class Validation:
    """What came before (V rows) and what came next, int64 (V,)."""

    rows: list[Ints]
    targets: Ints


class Trainer:
    """One run over sequences of item numbers."""

    def __init__(
        self, rows: list[Ints], n_items: int, params: SasRecParams, progress: Progress
    ) -> None:
        self.params = params
        self.rows = pieces(rows, params.length)
        places = sum(len(row) for row in self.rows)
        self.tokens = int(np.clip(places // 4, 128, params.batch_tokens))
        epochs = max(params.epochs, FEWEST_STEPS // -(-places // self.tokens))
        self.where = rounds.device()
        with rounds.seeded(params.seed):
            start = warm.start(self.rows, n_items, params.width, params.seed)
            self.net = SasRecNet(start, params).to(self.where)
        counts_I = np.bincount(np.concatenate(self.rows), minlength=n_items)
        self.sampler = Sampler(torch.as_tensor(counts_I).to(self.where), params.negatives)
        plan = rounds.Plan(epochs, params.patience, params.learning_rate)
        self.rounds = rounds.Rounds(self.net, plan, progress)

    def run(self, validation: Validation | None) -> None:
        """Train; see `rounds.Rounds.run`."""
        judge = (lambda: self.closeness(validation)) if validation else None
        self.rounds.run(self._epoch, judge)

    def _epoch(self, number: int) -> float:
        """Take one pass; return the mean loss of its targets."""
        rng = seeds.generator(self.params.seed, f"epoch {number}")
        draws = torch.Generator().manual_seed(int(rng.integers(2**62)))
        total, count = torch.zeros((), device=self.where), 0
        with rounds.seeded(int(rng.integers(2**62))):  # of the dropout
            rows = some_shuffled(self.rows, self.params.shuffle, rng)
            for batch in batches(rows, self.tokens, rng):
                loss_N = self._losses(batch, draws)
                self.rounds.step(loss_N.mean())
                total, count = total + loss_N.detach().sum(), count + len(loss_N)
        return float(total) / max(count, 1)

    def _losses(self, batch: Batch, draws: torch.Generator) -> Tensor:
        """Return the loss of each target of a batch, (N,)."""
        inputs_BT = torch.as_tensor(batch.inputs).to(self.where)
        targets_BT = torch.as_tensor(batch.targets).to(self.where)
        meant_BT = targets_BT != NOTHING
        states_ND, targets_N = self.net(inputs_BT)[meant_BT], targets_BT[meant_BT]
        negatives = self.sampler.draw(draws)
        items_ID, bias_I = self.net.items, self.net.item_bias
        positive_N = (states_ND * items_ID[targets_N]).sum(1) + bias_I[targets_N]
        negative_NK = states_ND @ items_ID[negatives.items].T + bias_I[negatives.items]
        return losses(positive_N, negative_NK, targets_N, negatives)

    def closeness(self, validation: Validation) -> float:
        """Return the mean of 1 / log2(2 + rank) of the items that came next, among all items."""
        gains = 0.0
        for start in range(0, len(validation.targets), BLOCK):
            part = slice(start, start + BLOCK)
            inputs_BT, places_B = latest(validation.rows[part], self.params.length)
            states_BTD = self.net(torch.as_tensor(inputs_BT).to(self.where))
            states_BD = states_BTD[torch.arange(len(places_B)), torch.as_tensor(places_B)]
            scores_BI = states_BD @ self.net.items.T + self.net.item_bias
            targets_B = torch.as_tensor(validation.targets[part]).to(self.where)
            gains += rounds.closeness(scores_BI, targets_B)
        return gains / len(validation.targets)


def pick(rows: list[Ints], seed: int) -> tuple[list[Ints], Validation | None]:
    """Take the last item of sequences of two or more as validation; return the rest and it."""
    usable = np.flatnonzero([len(row) >= 2 for row in rows])
    if len(usable) == 0:
        return rows, None
    rest = [row[:-1] if len(row) >= 2 else row for row in rows]
    if len(usable) > MOST_VALIDATED:
        usable = seeds.generator(seed, "validation").choice(usable, MOST_VALIDATED, replace=False)
    return rest, Validation(
        [rest[index] for index in usable], np.array([rows[index][-1] for index in usable])
    )
