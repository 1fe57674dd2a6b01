"""The fitted blocks as an ONNX network: vectors of a sequence in, the state after each place out.

Item vectors are not part of it: they are served beside it, once, and looked up there.

Shapes: B sequences, T places, D width, H heads, E = D / H, L longest sequence.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.onnx_build import GraphBuilder
from ml.recommendation.sasrec.network import EPSILON, Block, SasRecNet

INPUT = "vectors"


def network(net: SasRecNet) -> NDArray[np.uint8]:
    """Return the network as bytes: `vectors` float32 (B, T, D) -> (B, T, D)."""
    width = net.items.shape[1]
    graph = GraphBuilder()
    x = graph.node("Mul", INPUT, graph.number(width**0.5))
    ends = _ends(graph)
    for block in net.blocks:
        x = _block(graph, block, x, ends)
    x = _norm(graph, x, net.last)
    return graph.dump({INPUT: ("b", "t", width)}, x, ("b", "t", width))


def _ends(graph: GraphBuilder) -> str:
    """Add [T, T], where the bias of the longest sequence is cut."""
    shape = graph.node("Shape", INPUT, start=1, end=2)
    return graph.node("Concat", shape, shape, axis=0)


def _block(graph: GraphBuilder, block: Block, x: str, ends: str) -> str:
    attended = _attend(graph, block, _norm(graph, x, block.before_attention), ends)
    x = graph.node("Add", x, attended)
    widened = _linear(graph, _norm(graph, x, block.before_layers), block.widen)
    narrowed = _linear(graph, graph.node("Gelu", widened), block.narrow)
    return graph.node("Add", x, narrowed)


def _attend(graph: GraphBuilder, block: Block, x: str, ends: str) -> str:
    """Add softmax(q k^T / sqrt(E) + bias) v, as Block.attend."""
    heads, width = block.heads, block.join.in_features
    split = graph.integers(0, 0, 3 * heads, width // heads)
    parts = graph.node("Reshape", _linear(graph, x, block.mix), split)
    heads_first = graph.node("Transpose", parts, perm=[0, 2, 1, 3])  # (B, 3H, T, E)
    q, k, v = (_heads(graph, heads_first, index * heads, heads) for index in range(3))
    turned = graph.node("Transpose", k, perm=[0, 1, 3, 2])
    scale = graph.number((width // heads) ** -0.5)
    products = graph.node("Mul", graph.node("MatMul", q, turned), scale)
    longest = block.distances.shape[1]
    bias = graph.weight(_array(block.bias(longest)))
    zeros, axes = graph.integers(0, 0), graph.integers(1, 2)
    biased = graph.node("Add", products, graph.node("Slice", bias, zeros, ends, axes))
    mixed = graph.node("MatMul", graph.node("Softmax", biased, axis=-1), v)
    back = graph.node("Transpose", mixed, perm=[0, 2, 1, 3])
    joined = graph.node("Reshape", back, graph.integers(0, 0, width))
    return _linear(graph, joined, block.join)


def _heads(graph: GraphBuilder, parts: str, start: int, heads: int) -> str:
    bounds = (graph.integers(each) for each in (start, start + heads, 1))
    return graph.node("Slice", parts, *bounds)


def _linear(graph: GraphBuilder, x: str, layer: Any) -> str:
    return graph.linear(x, _array(layer.weight), _array(layer.bias))


def _norm(graph: GraphBuilder, x: str, layer: Any) -> str:
    return graph.layer_norm(x, _array(layer.weight), _array(layer.bias), EPSILON)


def _array(tensor: Any) -> NDArray[np.float32]:
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float32)
