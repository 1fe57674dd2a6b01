"""The gate: a weighted mean of what each kind of feature says; the weights depend on all of them (torch).

Every kind is read into a vector of one width; the weights are a softmax over the kinds that are there, so a
missing kind gets none and the others share 1. Where nothing is known a learned vector stands in.

Shapes: B things, K kinds, D width, W_k numbers of a kind.
Source: Arevalo et al. 2017 (gated multimodal units), with a softmax over any number of kinds.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

EPSILON = 1e-6
ABSENT = -1e9  # finite, so that a row in which every kind is missing has no NaN


class GatedFusion(nn.Module):  # type: ignore[misc]
    """Reads blocks of features, one per kind, into one vector."""

    def __init__(self, widths: Mapping[str, int], width: int) -> None:
        """Make the layers.

        Args:
            widths: numbers of each kind; their order is the order of the blocks.
            width: D.

        Raises:
            ValueError: there is no kind.
        """
        super().__init__()
        if not widths:
            raise ValueError("A fusion needs at least one kind of features.")
        self.kinds = tuple(widths)
        self.read = nn.ModuleList(nn.Linear(each, width) for each in widths.values())
        self.even = nn.ModuleList(nn.LayerNorm(width, eps=EPSILON) for _ in widths)
        self.gate = nn.Linear(len(widths) * width, len(widths))
        self.nothing = nn.Parameter(torch.zeros(width))

    def forward(self, blocks: Sequence[Tensor], present_BK: Tensor) -> Tensor:
        """Return the fused vectors, (B, D).

        Args:
            blocks: K tensors (B, W_k); what stands in a missing row does not matter, if it is finite.
            present_BK: 1 where a thing has that kind, 0 where it is missing.
        """
        parts_BKD = self.parts(blocks, present_BK)
        weights_BK = self.weights(parts_BKD, present_BK)
        known_B1 = present_BK.amax(1, keepdim=True)
        fused_BD = (weights_BK.unsqueeze(-1) * parts_BKD).sum(1)
        return fused_BD + (1.0 - known_B1) * self.nothing

    def parts(self, blocks: Sequence[Tensor], present_BK: Tensor) -> Tensor:
        """Return what each kind says, (B, K, D); 0 where it is missing."""
        layers = zip(blocks, self.read, self.even, strict=True)
        parts_BKD = torch.stack([even(read(block)) for block, read, even in layers], 1)
        return parts_BKD * present_BK.unsqueeze(-1)

    def weights(self, parts_BKD: Tensor, present_BK: Tensor) -> Tensor:
        """Return the share of each kind, (B, K): they sum to 1, or to 0 where none is present."""
        logits_BK = self.gate(parts_BKD.flatten(1)) + (1.0 - present_BK) * ABSENT
        return torch.softmax(logits_BK, 1) * present_BK
