"""Tiny models whose answers are known, as bundles."""

import itertools

import numpy as np
import onnx
import xgboost
from onnx import TensorProto, helper, numpy_helper

from ml.common.bundle import Bundle, TensorSpec, build


def _onnx_bytes(graph: onnx.GraphProto) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model.SerializeToString()


def scaler(factor: float = 2.0, *, padding_floats: int = 0) -> Bundle:
    """y = factor * x, FP32 (N, 4); `padding_floats` makes the file heavier without changing it."""
    weights = [numpy_helper.from_array(np.float32([factor]), "factor")]
    nodes = [helper.make_node("Mul", ["x", "factor"], ["y"])]
    if padding_floats:
        ballast = np.random.default_rng(0).random(padding_floats, dtype=np.float32)
        weights.append(numpy_helper.from_array(ballast, "ballast"))
        nodes = [
            helper.make_node("ReduceMin", ["ballast"], ["least"], keepdims=0),
            helper.make_node("Sub", ["least", "least"], ["nothing"]),
            helper.make_node("Mul", ["x", "factor"], ["scaled"]),
            helper.make_node("Add", ["scaled", "nothing"], ["y"]),
        ]
    graph = helper.make_graph(
        nodes,
        "scaler",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])],
        weights,
    )
    return build(
        flavour="onnx",
        inputs=(TensorSpec("x", "FP32", (-1, 4)),),
        outputs=(TensorSpec("y", "FP32", (-1, 4)),),
        files={"model.onnx": _onnx_bytes(graph)},
    )


def network(widths: tuple[int, ...] = (64, 128, 10), seed: int = 0) -> Bundle:
    """A multi-layer perceptron with ReLU between the layers."""
    random = np.random.default_rng(seed)
    nodes, weights, last = [], [], "x"
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(widths)):
        w = (random.standard_normal((fan_in, fan_out)) / fan_in**0.5).astype(np.float32)
        weights += [
            numpy_helper.from_array(w, f"w{layer}"),
            numpy_helper.from_array(np.zeros(fan_out, dtype=np.float32), f"b{layer}"),
        ]
        out = "y" if layer == len(widths) - 2 else f"h{layer}"
        linear = out if out == "y" else f"l{layer}"
        nodes.append(helper.make_node("Gemm", [last, f"w{layer}", f"b{layer}"], [linear]))
        if linear != out:
            nodes.append(helper.make_node("Relu", [linear], [out]))
        last = out
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", widths[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", widths[-1]])],
        weights,
    )
    return build(
        flavour="onnx",
        inputs=(TensorSpec("x", "FP32", (-1, widths[0])),),
        outputs=(TensorSpec("y", "FP32", (-1, widths[-1])),),
        files={"model.onnx": _onnx_bytes(graph)},
    )


_ECHO = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}
ECHO_DATATYPES = tuple(_ECHO)


def echo() -> Bundle:
    """Gives every input back: one input `in_<datatype>` of (N,) per datatype, output `out_...`."""
    nodes, inputs, outputs = [], [], []
    for name, kind in _ECHO.items():
        nodes.append(helper.make_node("Identity", [f"in_{name}"], [f"out_{name}"]))
        inputs.append(helper.make_tensor_value_info(f"in_{name}", kind, ["n"]))
        outputs.append(helper.make_tensor_value_info(f"out_{name}", kind, ["n"]))
    return build(
        flavour="onnx",
        inputs=tuple(TensorSpec(f"in_{name}", name, (-1,)) for name in _ECHO),
        outputs=tuple(TensorSpec(f"out_{name}", name, (-1,)) for name in _ECHO),
        files={"model.onnx": _onnx_bytes(helper.make_graph(nodes, "echo", inputs, outputs))},
    )


def booster(
    *, classes: int = 0, file_name: str = "model.ubj", attributes: dict | None = None
) -> tuple[Bundle, xgboost.Booster]:
    """A booster of five trees over three features, with the bundle made of it."""
    random = np.random.default_rng(1)
    rows_NF = random.random((200, 3), dtype=np.float32)
    if classes:
        labels_N = (rows_NF[:, 0] * classes).astype(int)
        params = {"objective": "multi:softprob", "num_class": classes}
    else:
        labels_N = (rows_NF[:, 0] > 0.5).astype(int)
        params = {"objective": "binary:logistic"}
    params |= {"max_depth": 3, "nthread": 1}
    trained = xgboost.train(params, xgboost.DMatrix(rows_NF, labels_N), num_boost_round=5)
    kind = file_name.rpartition(".")[2]
    bundle = build(
        flavour="xgboost",
        inputs=(TensorSpec("features", "FP32", (-1, 3)),),
        outputs=(TensorSpec("risk", "FP32", (-1, classes) if classes else (-1,)),),
        files={file_name: bytes(trained.save_raw(kind))},
        attributes=attributes,
    )
    return bundle, trained
