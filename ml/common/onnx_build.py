"""Small ONNX networks written node by node.

No tracing: the bytes are the same on every machine and cost milliseconds, so a training may write
its network as often as it likes. `onnx_run` runs them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Shape = Sequence[int | str]
OPSET = 20  # the first with Gelu
IR_VERSION = 10  # what ONNX Runtime 1.17 and later read


class GraphBuilder:
    """Collects nodes and weights; every method returns the name of what it made."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def weight(self, values: NDArray[Any]) -> str:
        """Add a constant."""
        name = f"weight_{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def number(self, value: float) -> str:
        """Add one float32 that joins an array of any shape."""
        return self.weight(np.array([value], dtype=np.float32))

    def integers(self, *values: int) -> str:
        """Add int64 values: axes, bounds, lengths."""
        return self.weight(np.array(values, dtype=np.int64))

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add one node with one output."""
        name = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def linear(self, x: str, weight_OI: NDArray[Any], bias_O: NDArray[Any]) -> str:
        """Add x W^T + b, as torch lays its linear layers out."""
        product = self.node("MatMul", x, self.weight(weight_OI.T))
        return self.node("Add", product, self.weight(bias_O))

    def layer_norm(
        self, x: str, scale_D: NDArray[Any], bias_D: NDArray[Any], epsilon: float
    ) -> str:
        """Add a normalisation over the last axis."""
        scale, bias = self.weight(scale_D), self.weight(bias_D)
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=epsilon)

    def dump(
        self, inputs: Mapping[str, Shape], output: str, output_shape: Shape
    ) -> NDArray[np.uint8]:
        """Return the finished network; all inputs and the one output `y` are float32.

        Args:
            inputs: name -> shape, with a name for every axis of free length.
            output: the name that a method returned.
            output_shape: likewise.
        """
        self._nodes.append(helper.make_node("Identity", [output], ["y"]))
        given = [
            helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list(shape))
            for name, shape in inputs.items()
        ]
        made = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, list(output_shape))
        graph = helper.make_graph(self._nodes, "network", given, [made], self._weights)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        raw: bytes = model.SerializeToString(deterministic=True)
        return np.frombuffer(raw, dtype=np.uint8)
