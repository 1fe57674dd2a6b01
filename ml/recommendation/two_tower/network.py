"""The towers (torch): kinds of features, fused by gates, then two layers at each end of a dot product.

Shapes: B users or items, K kinds, D width, U users, I items.
Source: Covington et al. 2016 and Yi et al. 2019 (towers); ml.fusion for the gates.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ml.fusion.gate import EPSILON, GatedFusion
from ml.recommendation.two_tower.features import HISTORY, ID
from ml.recommendation.two_tower.params import TwoTowerParams
from ml.recommendation.warm import Start


class Tower(nn.Module):  # type: ignore[misc]
    """Fuses the kinds and adds two layers."""

    def __init__(self, widths: Mapping[str, int], params: TwoTowerParams, out: int) -> None:
        super().__init__()
        width = params.width
        self.fusion = GatedFusion(widths, width)
        self.even = nn.LayerNorm(width, eps=EPSILON)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)
        self.out = nn.Linear(width, out)
        self.drop = nn.Dropout(params.dropout)

    def forward(self, blocks: Sequence[Tensor], present_BK: Tensor) -> Tensor:
        """Return vectors, (B, out)."""
        x_BD = self.drop(self.fusion(blocks, present_BK))
        widened = nn.functional.gelu(self.widen(self.even(x_BD)))
        found: Tensor = self.out(x_BD + self.drop(self.narrow(widened)))
        return found


class TwoTowerNet(nn.Module):  # type: ignore[misc]
    """Both towers and the vectors of known ids.

    An item's last coordinate is its bias: what its features say of its popularity, and for a known one how
    much more often it was chosen.
    """

    def __init__(
        self,
        widths: tuple[Mapping[str, int], Mapping[str, int]],
        n_users: int,
        start: Start,
        params: TwoTowerParams,
    ) -> None:
        super().__init__()
        width = params.width
        self.user_ids = nn.Parameter(torch.randn(n_users, width) * width**-0.5)
        self.past = nn.Parameter(torch.as_tensor(start.items))
        self.item_ids = nn.Parameter(torch.as_tensor(start.items.copy()))
        self.item_bias = nn.Parameter(torch.as_tensor(start.bias))
        self.of_users = Tower({HISTORY: width, ID: width, **widths[0]}, params, width)
        self.of_items = Tower({ID: width, **widths[1]}, params, width + 1)

    def users(
        self, past_BD: Tensor, users_B: Tensor, blocks: Sequence[Tensor], present_BK: Tensor
    ) -> Tensor:
        """Return user vectors, (B, D + 1); the last coordinate is 1.

        Args:
            past_BD: mean of the vectors of what each touched.
            users_B: their ids.
            blocks: their further kinds.
            present_BK: of history, id and the further kinds.
        """
        vectors_BD = self.of_users([past_BD, self.user_ids[users_B], *blocks], present_BK)
        return torch.cat([vectors_BD, torch.ones_like(vectors_BD[:, :1])], 1)

    def items(self, items_B: Tensor, blocks: Sequence[Tensor], present_BK: Tensor) -> Tensor:
        """Return item vectors, (B, D + 1); `present_BK` is of id and the further kinds."""
        found = self.of_items([self.item_ids[items_B], *blocks], present_BK)
        bias_B = self.item_bias[items_B] * present_BK[:, 0]
        return torch.cat([found[:, :-1], found[:, -1:] + bias_B[:, None]], 1)
