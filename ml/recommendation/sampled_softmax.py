"""Cross-entropy over a catalogue from a sample of it, corrected for how the sample was drawn (torch).

With s(i) the score of item i, and K negatives drawn with probability q(i), the sum over the catalogue is
estimated without bias by exp(s(target)) + sum_k exp(s(k)) / (K q(k)). A catalogue of at most K items is
summed in full.

Shapes: N targets, K negatives, I items, D numbers of a vector.
Source: Bengio & Senecal 2008, eq. 12; the correction of Yi et al. 2019 for in-batch negatives is the same.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

UNIFORM_SHARE = 0.5  # the other half by popularity: the large terms of the sum are met more often


@dataclass(frozen=True)
class Negatives:
    """Drawn items int64 (K,) and log(K q) of each, float32 (K,); q log 0 where none were drawn."""

    items: Tensor
    log_expected: Tensor


class Sampler:
    """Draws negatives, half uniformly and half by how often an item is a target."""

    def __init__(self, counts_I: Tensor, negatives: int) -> None:
        share_I = counts_I.double() / counts_I.sum().clamp(min=1.0)
        self.n_items = len(counts_I)
        self.negatives = negatives
        self.q_I = UNIFORM_SHARE / self.n_items + (1.0 - UNIFORM_SHARE) * share_I
        self.edges_I = torch.cumsum(self.q_I / self.q_I.sum(), 0)
        self.log_q_I = torch.log(self.q_I / self.q_I.sum()).float()

    def draw(self, generator: torch.Generator) -> Negatives:
        """Return negatives; every item once when the catalogue is no larger than the sample."""
        where = self.q_I.device
        if self.n_items <= self.negatives:
            return Negatives(
                torch.arange(self.n_items, device=where), torch.zeros(self.n_items, device=where)
            )
        points = torch.rand(self.negatives, generator=generator, dtype=torch.float64).to(where)
        items_K = torch.searchsorted(self.edges_I, points).clamp(max=self.n_items - 1)
        log_k = torch.log(torch.tensor(float(self.negatives)))
        return Negatives(items_K, self.log_q_I[items_K] + log_k.to(where))


def losses(
    positive_N: Tensor, negative_NK: Tensor, targets_N: Tensor, negatives: Negatives
) -> Tensor:
    """Return the cross-entropy of each target, (N,).

    Args:
        positive_N: score of each target.
        negative_NK: score of every negative for each target.
        targets_N: int64, so that a negative that is the target itself is not counted twice.
        negatives: what was drawn.
    """
    corrected_NK = negative_NK - negatives.log_expected
    same_NK = negatives.items[None, :] == targets_N[:, None]
    corrected_NK = corrected_NK.masked_fill(same_NK, float("-inf"))
    total_N = torch.logaddexp(positive_N, torch.logsumexp(corrected_NK, 1))
    return total_N - positive_N
