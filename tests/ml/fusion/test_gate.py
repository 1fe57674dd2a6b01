import numpy as np
import pytest
import torch

from ml.common.onnx_build import GraphBuilder
from ml.common.onnx_run import Network
from ml.fusion import export
from ml.fusion.gate import GatedFusion

WIDTHS = {"table": 3, "text": 5, "image": 2}


def fusion() -> GatedFusion:
    torch.manual_seed(1)
    made = GatedFusion(WIDTHS, 4)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return made.eval()


def things(n: int = 8) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Things with every combination of kinds, the first with none, the last with all."""
    generator = torch.Generator().manual_seed(2)
    blocks = [torch.randn(n, width, generator=generator) for width in WIDTHS.values()]
    present = [[(row >> bit) & 1 for bit in range(3)] for row in range(n)]
    return blocks, torch.tensor(present, dtype=torch.float32)


def test_weights_sum_to_one_over_the_kinds_present_and_missing_kinds_get_none() -> None:
    made = fusion()
    blocks, present_BK = things()
    weights_BK = made.weights(made.parts(blocks, present_BK), present_BK)
    assert (weights_BK[present_BK == 0] == 0).all()
    assert (weights_BK[present_BK == 1] > 0).all()
    torch.testing.assert_close(weights_BK.sum(1), present_BK.amax(1))


def test_what_stands_in_a_missing_row_does_not_matter() -> None:
    made = fusion()
    blocks, present_BK = things()
    other = [block + 9.0 * (1 - present_BK[:, [k]]) for k, block in enumerate(blocks)]
    torch.testing.assert_close(made(blocks, present_BK), made(other, present_BK))


def test_one_kind_alone_is_what_it_says_and_none_is_the_learned_vector() -> None:
    made = fusion()
    blocks, present_BK = things()
    found_BD = made(blocks, present_BK)
    torch.testing.assert_close(found_BD[2], made.even[1](made.read[1](blocks[1][2])))
    torch.testing.assert_close(found_BD[0], made.nothing)


def test_the_fused_vector_is_the_formula() -> None:
    made = fusion()
    blocks, present_BK = things()
    p = {name: each.detach().numpy().astype(np.float64) for name, each in made.named_parameters()}
    parts = []
    for k, block in enumerate(blocks):
        read = block.numpy() @ p[f"read.{k}.weight"].T + p[f"read.{k}.bias"]
        even = (read - read.mean(1, keepdims=True)) / np.sqrt(read.var(1, keepdims=True) + 1e-6)
        parts.append(
            (even * p[f"even.{k}.weight"] + p[f"even.{k}.bias"]) * present_BK[:, [k]].numpy()
        )
    logits = np.concatenate(parts, 1) @ p["gate.weight"].T + p["gate.bias"]
    powers = np.exp(logits) * present_BK.numpy()
    shares = powers / np.maximum(powers.sum(1, keepdims=True), 1e-30)
    expected = sum(shares[:, [k]] * parts[k] for k in range(3))
    expected[0] = p["nothing"]
    np.testing.assert_allclose(made(blocks, present_BK).detach(), expected, atol=1e-5)


def test_gradients_are_those_of_the_formula() -> None:
    made = fusion().double()
    blocks, present_BK = things()
    inputs = [block.double().requires_grad_() for block in blocks]
    assert torch.autograd.gradcheck(lambda *each: made(each, present_BK.double()), inputs)


def test_the_gate_learns_which_kind_to_trust() -> None:
    generator = torch.Generator().manual_seed(3)
    torch.manual_seed(3)
    made, answer = GatedFusion({"good": 4, "noise": 4}, 8), torch.nn.Linear(8, 1)
    adam = torch.optim.Adam([*made.parameters(), *answer.parameters()], lr=0.02)
    good, noise = (torch.randn(256, 4, generator=generator) for _ in range(2))
    present_BK = torch.ones(256, 2)
    for _ in range(150):
        adam.zero_grad()
        error = answer(made([good, noise], present_BK))[:, 0] - good[:, 0]
        error.square().mean().backward()
        adam.step()
    weights_BK = made.weights(made.parts([good, noise], present_BK), present_BK)
    assert weights_BK[:, 0].mean() > 0.75


def test_the_exported_fusion_equals_torch() -> None:
    made = fusion()
    blocks, present_BK = things()
    graph = GraphBuilder()
    names = list(WIDTHS)
    fused = export.add(graph, made, names, "present")
    inputs = {name: ("b", width) for name, width in WIDTHS.items()} | {"present": ("b", 3)}
    network = Network(graph.dump(inputs, fused, ("b", 4)), frozenset(inputs))
    given = {name: block.numpy() for name, block in zip(names, blocks, strict=True)}
    found_BD = network(**given, present=present_BK.numpy())
    np.testing.assert_allclose(found_BD, made(blocks, present_BK).detach(), atol=1e-5)


def test_a_fusion_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one kind"):
        GatedFusion({}, 4)
