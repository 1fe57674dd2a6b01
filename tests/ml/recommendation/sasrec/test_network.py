import numpy as np
import pytest
import torch

from ml.recommendation.sasrec.network import MASKED, Block, SasRecNet
from ml.recommendation.sasrec.params import SasRecParams
from ml.recommendation.sasrec.sequences import NOTHING
from ml.recommendation.warm import Start

PARAMS = SasRecParams(width=8, heads=2, blocks=2, length=6, dropout=0.0)


def net(n_items: int = 11) -> SasRecNet:
    rng = np.random.default_rng(4)
    items = rng.standard_normal((n_items, 8)).astype(np.float32)
    torch.manual_seed(5)
    made = SasRecNet(Start(items, np.zeros(n_items, dtype=np.float32)), PARAMS)
    for block in made.blocks:
        torch.nn.init.normal_(block.distances)
    return made.eval()


def by_hand(block: Block, x_TD: np.ndarray) -> np.ndarray:
    """Attention of one sequence, place by place, in plain numpy."""
    weights = {name: each.detach().numpy() for name, each in block.named_parameters()}
    mixed_T3D = x_TD @ weights["mix.weight"].T + weights["mix.bias"]
    q, k, v = (part.reshape(len(x_TD), 2, 4) for part in np.split(mixed_T3D, 3, axis=1))
    out_THE = np.zeros_like(q)
    for place in range(len(x_TD)):
        for head in range(2):
            past = np.arange(place + 1)
            scores = k[past, head] @ q[place, head] / 2.0
            scores = scores + weights["distances"][head, place - past]
            shares = np.exp(scores) / np.exp(scores).sum()
            out_THE[place, head] = shares @ v[past, head]
    return out_THE.reshape(len(x_TD), 8) @ weights["join.weight"].T + weights["join.bias"]


def test_attention_is_what_the_formula_says() -> None:
    block = net().blocks[0]
    x_TD = np.random.default_rng(1).standard_normal((5, 8)).astype(np.float32)
    with torch.no_grad():
        found_TD = block.attend(torch.as_tensor(x_TD)[None])[0].numpy()
    np.testing.assert_allclose(found_TD, by_hand(block, x_TD), atol=1e-5)


def test_a_place_ahead_gets_no_attention() -> None:
    bias_HTT = net().blocks[0].bias(4).detach().numpy()
    ahead_TT = np.triu(np.ones((4, 4), dtype=bool), 1)
    assert (bias_HTT[:, ahead_TT] == MASKED).all()
    assert (bias_HTT[:, ~ahead_TT] > MASKED / 2).all()


def test_what_comes_later_changes_nothing_before() -> None:
    made = net()
    first, second = torch.tensor([[NOTHING, 3, 4, 5]]), torch.tensor([[NOTHING, 3, 9, NOTHING]])
    with torch.no_grad():
        a, b = made(first), made(second)
    torch.testing.assert_close(a[:, :2], b[:, :2])
    assert not torch.allclose(a[:, 2], b[:, 2])


def test_order_matters() -> None:
    made = net()
    with torch.no_grad():
        a, b = made(torch.tensor([[NOTHING, 3, 4, 5]])), made(torch.tensor([[NOTHING, 4, 3, 5]]))
    assert not torch.allclose(a[:, -1], b[:, -1], atol=1e-3)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="multiple of heads"):
        SasRecParams(width=10, heads=4)
