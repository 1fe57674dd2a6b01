"""The network: causal self-attention over the vectors of a sequence (torch).

Places are told apart by how far back an item lies (a learned bias per head and distance), so a short history
means the same wherever it stands. A learned start comes first, so an empty history has an answer too.

Shapes: B sequences, T places, D width, H heads, E = D / H, I items, L longest sequence.
Source: Kang & McAuley 2018 (SASRec), normalised before each part; distances as in Raffel et al. 2020 (T5).
"""

import torch
from torch import Tensor, nn

from ml.recommendation.sasrec.params import SasRecParams
from ml.recommendation.sasrec.sequences import NOTHING
from ml.recommendation.warm import Start

EPSILON = 1e-6
MASKED = -1e9  # of a place that lies ahead; finite, so that half precision never meets inf - inf


class Block(nn.Module):  # type: ignore[misc]
    """Attention, then two layers at every place; both added to what came in."""

    def __init__(self, params: SasRecParams) -> None:
        super().__init__()
        width = params.width
        self.heads = params.heads
        self.before_attention = nn.LayerNorm(width, eps=EPSILON)
        self.mix = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.before_layers = nn.LayerNorm(width, eps=EPSILON)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)
        self.distances = nn.Parameter(torch.zeros(params.heads, params.length + 1))
        self.drop = nn.Dropout(params.dropout)

    def forward(self, x_BTD: Tensor) -> Tensor:
        """Return the next x, (B, T, D)."""
        x_BTD = x_BTD + self.drop(self.attend(self.before_attention(x_BTD)))
        widened = nn.functional.gelu(self.widen(self.before_layers(x_BTD)))
        out: Tensor = x_BTD + self.drop(self.narrow(self.drop(widened)))
        return out

    def attend(self, x_BTD: Tensor) -> Tensor:
        """Return attention over places that do not lie ahead, (B, T, D)."""
        b, t, d = x_BTD.shape
        parts = self.mix(x_BTD).view(b, t, 3, self.heads, d // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (B, H, T, E)
        dropout = self.drop.p if self.training else 0.0
        mixed_BHTE = nn.functional.scaled_dot_product_attention(
            q, k, v, attn_mask=self.bias(t), dropout_p=dropout
        )
        joined: Tensor = self.join(mixed_BHTE.transpose(1, 2).reshape(b, t, d))
        return joined

    def bias(self, t: int) -> Tensor:
        """Return what is added to the attention from each place (rows) to each (columns), (H, T, T)."""
        place = torch.arange(t, device=self.distances.device)
        back_TT = place[:, None] - place[None, :]
        return self.distances[:, back_TT.clamp(min=0)].masked_fill(back_TT < 0, MASKED)


class SasRecNet(nn.Module):  # type: ignore[misc]
    """Item vectors shared by input and output, blocks between; a bias per item."""

    def __init__(self, start: Start, params: SasRecParams) -> None:
        super().__init__()
        self.items = nn.Parameter(torch.as_tensor(start.items))
        self.start = nn.Parameter(torch.randn(params.width) * params.width**-0.5)
        self.item_bias = nn.Parameter(torch.as_tensor(start.bias))
        self.blocks = nn.ModuleList(Block(params) for _ in range(params.blocks))
        self.last = nn.LayerNorm(params.width, eps=EPSILON)
        self.drop = nn.Dropout(params.dropout)

    def forward(self, inputs_BT: Tensor) -> Tensor:
        """Return the state after each place, (B, T, D); times an item's vector it is the score."""
        known_BT1 = (inputs_BT != NOTHING).unsqueeze(-1)
        vectors_BTD = nn.functional.embedding(inputs_BT.clamp(min=0), self.items)
        return self.states(torch.where(known_BT1, vectors_BTD, self.start))

    def states(self, vectors_BTD: Tensor) -> Tensor:
        """Return the states of sequences of vectors; the part that is exported."""
        x_BTD = self.drop(vectors_BTD * vectors_BTD.shape[-1] ** 0.5)
        for block in self.blocks:
            x_BTD = block(x_BTD)
        out: Tensor = self.last(x_BTD)
        return out
