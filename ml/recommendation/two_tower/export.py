"""A fitted tower as an ONNX network: `block_0` ... and `present` in, vectors out.

Shapes: B users or items, K kinds, W_k numbers of a kind.
"""

import numpy as np
from numpy.typing import NDArray

from ml.common.onnx_build import GraphBuilder
from ml.fusion import export
from ml.fusion.export import array
from ml.fusion.gate import EPSILON
from ml.recommendation.two_tower.network import Tower


def network(tower: Tower) -> NDArray[np.uint8]:
    """Return the tower as bytes: float32 (B, W_k) each and (B, K) -> (B, out)."""
    graph = GraphBuilder()
    names = [f"block_{place}" for place in range(len(tower.fusion.kinds))]
    x = export.add(graph, tower.fusion, names, "present")
    even = graph.layer_norm(x, array(tower.even.weight), array(tower.even.bias), EPSILON)
    widened = graph.linear(even, array(tower.widen.weight), array(tower.widen.bias))
    layer = tower.narrow
    narrowed = graph.linear(graph.node("Gelu", widened), array(layer.weight), array(layer.bias))
    joined = graph.node("Add", x, narrowed)
    out = graph.linear(joined, array(tower.out.weight), array(tower.out.bias))
    shapes = {
        name: ("b", int(read.in_features))
        for name, read in zip(names, tower.fusion.read, strict=True)
    }
    inputs = shapes | {"present": ("b", len(names))}
    return graph.dump(inputs, out, ("b", int(tower.out.out_features)))
