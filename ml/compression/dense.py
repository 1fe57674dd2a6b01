"""A chain of dense layers read out of an ONNX network, and written back.

Shapes: N rows; a layer has I inputs and O outputs.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ml.common.bundle import TensorSpec
from ml.compression.contract import NotApplicableError

Floats = NDArray[np.float32]
ACTIVATIONS = ("Relu", "Tanh", "Sigmoid", "Softmax", "Elu", "LeakyRelu", "Gelu")
OPSET, IR_VERSION = 20, 10


@dataclass(frozen=True)
class Layer:
    """y = activation(x W + b).

    Attributes:
        weight: float32 (I, O).
        bias: float32 (O,).
        activation: an ONNX operator without settings, or "" for none.
    """

    weight: Floats
    bias: Floats
    activation: str = ""


@dataclass(frozen=True)
class DenseNetwork:
    """Layers in order between one input and one output."""

    layers: tuple[Layer, ...]
    input_name: str
    output_name: str

    @property
    def widths(self) -> list[int]:
        """Inputs, then the outputs of each layer."""
        return [len(self.layers[0].weight), *(len(each.bias) for each in self.layers)]


def read(network: onnx.ModelProto) -> DenseNetwork:
    """Return the layers of a network that is a plain chain.

    Raises:
        NotApplicableError: it is anything else.
    """
    graph = network.graph
    if len(graph.input) != 1 or len(graph.output) != 1:
        raise NotApplicableError("Only networks with one input and one output can be re-shaped.")
    reader = _Reader({each.name: numpy_helper.to_array(each) for each in graph.initializer})
    current = graph.input[0].name
    for node in graph.node:
        reader.take(node, current)
        current = node.output[0]
    if current != graph.output[0].name or not reader.layers:
        raise NotApplicableError("The network is not a chain of dense layers.")
    return DenseNetwork(tuple(reader.layers), graph.input[0].name, graph.output[0].name)


class _Reader:
    def __init__(self, constants: dict[str, NDArray[np.float32]]) -> None:
        self.constants = constants
        self.layers: list[Layer] = []

    def take(self, node: onnx.NodeProto, current: str) -> None:
        """Add what the node does to the layers; `current` is what the chain has computed so far."""
        if current not in node.input:
            raise NotApplicableError("The network branches; only a chain can be re-shaped.")
        if node.op_type == "Gemm":
            self._gemm(node)
        elif node.op_type == "MatMul":
            weight = self._constant(node.input[1])
            self.layers.append(Layer(weight, np.zeros(weight.shape[1], np.float32)))
        elif node.op_type == "Add" and self._is_open():
            last = self.layers.pop()
            other = next(name for name in node.input if name != current)
            added_O = np.broadcast_to(self._constant(other).reshape(-1), last.bias.shape)
            self.layers.append(Layer(last.weight, last.bias + added_O))
        elif node.op_type in ACTIVATIONS and _is_plain(node) and self._is_open():
            last = self.layers.pop()
            self.layers.append(Layer(last.weight, last.bias, node.op_type))
        elif node.op_type != "Identity":
            raise NotApplicableError(
                f"The network holds a {node.op_type}; a chain of dense layers is wanted."
            )

    def _is_open(self) -> bool:
        """Say whether the last layer still waits for its bias or activation."""
        return bool(self.layers) and not self.layers[-1].activation

    def _gemm(self, node: onnx.NodeProto) -> None:
        settings = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if settings.get("alpha", 1.0) != 1.0 or settings.get("beta", 1.0) != 1.0:
            raise NotApplicableError("A layer is scaled; only plain dense layers can be re-shaped.")
        if settings.get("transA", 0):
            raise NotApplicableError("A layer turns its input round.")
        weight = self._constant(node.input[1])
        weight_IO = weight.T if settings.get("transB", 0) else weight
        outputs = weight_IO.shape[1]
        bias = self._constant(node.input[2]) if len(node.input) > 2 else np.zeros(1, np.float32)
        bias_O = np.broadcast_to(bias.reshape(-1), (outputs,)).astype(np.float32)
        self.layers.append(Layer(np.ascontiguousarray(weight_IO), bias_O))

    def _constant(self, name: str) -> Floats:
        found = self.constants.get(name)
        if found is None or found.dtype != np.float32:
            raise NotApplicableError("A layer's weights are not constants of type FP32.")
        return found


def write(
    dense: DenseNetwork, input_spec: TensorSpec, output_shape: tuple[int, ...]
) -> onnx.ModelProto:
    """Return the ONNX network of the layers.

    Args:
        dense: the layers and the names of input and output.
        input_spec: of the input, (N, I).
        output_shape: (N, O), or (N,) for one output, which is then flattened.
    """
    nodes, constants = _chain(dense)
    if len(output_shape) == 1:
        constants.append(numpy_helper.from_array(np.array([-1], np.int64), "flat"))
        nodes.append(helper.make_node("Reshape", [nodes[-1].output[0], "flat"], [""]))
    nodes[-1].output[0] = dense.output_name
    float32 = TensorProto.FLOAT
    ends = (
        (dense.input_name, ["N", *input_spec.shape[1:]]),
        (dense.output_name, ["N", *output_shape[1:]]),
    )
    before, after = (helper.make_tensor_value_info(name, float32, shape) for name, shape in ends)
    graph = helper.make_graph(nodes, "dense", [before], [after], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def _chain(dense: DenseNetwork) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    nodes, constants, current = [], [], dense.input_name
    for index, layer in enumerate(dense.layers):
        names = [f"weight_{index}", f"bias_{index}"]
        for name, values in zip(names, (layer.weight, layer.bias), strict=True):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        nodes.append(helper.make_node("Gemm", [current, *names], [f"linear_{index}"]))
        if layer.activation:
            nodes.append(
                helper.make_node(layer.activation, [f"linear_{index}"], [f"active_{index}"])
            )
        current = nodes[-1].output[0]
    return nodes, constants


def _is_plain(node: onnx.NodeProto) -> bool:
    """Say whether an activation has only settings that change nothing for (N, O)."""
    settings = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    return not settings or (node.op_type == "Softmax" and settings.get("axis") in (1, -1))
