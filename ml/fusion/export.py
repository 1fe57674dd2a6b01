"""The fusion as nodes of an ONNX network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.onnx_build import GraphBuilder
from ml.fusion.gate import ABSENT, EPSILON, GatedFusion


def add(graph: GraphBuilder, fusion: GatedFusion, blocks: Sequence[str], present: str) -> str:
    """Add a fusion; return the name of the fused vectors (B, D).

    Args:
        graph: the network being written.
        fusion: fitted.
        blocks: names of the K blocks, (B, W_k).
        present: name of (B, K).
    """
    axis = graph.integers(-1)
    marks = graph.node("Unsqueeze", present, axis)  # (B, K, 1)
    read = [
        graph.node("Unsqueeze", _part(graph, block, *layers), graph.integers(1))
        for block, *layers in zip(blocks, fusion.read, fusion.even, strict=True)
    ]
    parts = graph.node("Mul", graph.node("Concat", *read, axis=1), marks)
    one = graph.number(1.0)
    missing = graph.node("Mul", graph.node("Sub", one, present), graph.number(ABSENT))
    flat = graph.node("Flatten", parts, axis=1)
    logits = graph.linear(flat, array(fusion.gate.weight), array(fusion.gate.bias))
    shares = graph.node("Softmax", graph.node("Add", logits, missing), axis=1)
    weights = graph.node("Unsqueeze", graph.node("Mul", shares, present), axis)
    fused = graph.node(
        "ReduceSum", graph.node("Mul", weights, parts), graph.integers(1), keepdims=0
    )
    known = graph.node("ReduceMax", present, graph.integers(1), keepdims=1)
    stand_in = graph.weight(array(fusion.nothing)[None])
    unknown = graph.node("Mul", graph.node("Sub", one, known), stand_in)
    return graph.node("Add", fused, unknown)


def array(tensor: Any) -> NDArray[np.float32]:
    """Return a parameter as numpy."""
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float32)


def _part(graph: GraphBuilder, block: str, read: Any, even: Any) -> str:
    product = graph.linear(block, array(read.weight), array(read.bias))
    return graph.layer_norm(product, array(even.weight), array(even.bias), EPSILON)
