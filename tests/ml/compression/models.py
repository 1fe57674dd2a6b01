"""Small models whose answers are known, as bundles."""

import numpy as np
import onnx
import xgboost as xgb
from onnx import TensorProto, helper, numpy_helper

from ml.common import arrays
from ml.common.bundle import Bundle, TensorSpec, build

FEATURES, CLASSES = 20, 4
OUTPUT = TensorSpec("probabilities", "FP32", (-1, CLASSES))
INPUT = TensorSpec("features", "FP32", (-1, FEATURES))


def rows(n: int, seed: int = 0) -> np.ndarray:
    """Return inputs with few true dimensions, as real data has."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(5, FEATURES))
    return (rng.normal(size=(n, 5)) @ mixing + 0.1 * rng.normal(size=(n, FEATURES))).astype("f4")


def network(*, hidden: int = 64, branch: bool = False) -> Bundle:
    """Return a network of two layers; every second hidden unit is nearly idle."""
    rng = np.random.default_rng(1)
    first = (rng.normal(size=(FEATURES, hidden)) / np.sqrt(FEATURES)).astype("f4")
    second = rng.normal(size=(hidden, CLASSES)).astype("f4")
    second[::2] *= 1e-3
    constants = {
        "w1": first,
        "b1": rng.normal(size=hidden).astype("f4"),
        "w2": second,
        "b2": np.zeros(CLASSES, "f4"),
    }
    nodes = [
        helper.make_node("Identity", ["features"], ["same"]),
        helper.make_node("Gemm", ["same", "w1", "b1"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MatMul", ["r", "w2"], ["m"]),
        helper.make_node("Add", ["m", "b2"], ["s"]),
        helper.make_node("Softmax", ["s"], ["probabilities"], axis=-1),
    ]
    if branch:
        nodes[2] = helper.make_node("Mul", ["h", "h"], ["r"])
    return _bundle(nodes, constants)


def _bundle(nodes: list, constants: dict) -> Bundle:
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", FEATURES])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", CLASSES])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model)
    files = {"model.onnx": model.SerializeToString()}
    return build(flavour="onnx", inputs=(INPUT,), outputs=(OUTPUT,), files=files)


def booster() -> Bundle:
    """Return boosted trees that learned a smooth function of the rows."""
    x = rows(2000)
    y = np.tanh(x[:, 0]) + 0.3 * x[:, 1]
    made = xgb.train({"max_depth": 4, "eta": 0.2}, xgb.DMatrix(x, label=y), 60)
    return build(
        flavour="xgboost",
        inputs=(INPUT,),
        outputs=(TensorSpec("score", "FP32", (-1,)),),
        files={"model.ubj": bytes(made.save_raw("ubj"))},
    )


def tables() -> Bundle:
    """Return a native bundle with a table of rank 6 and a small one."""
    rng = np.random.default_rng(3)
    wide = (rng.normal(size=(500, 6)) @ rng.normal(size=(6, 32))).astype("f4")
    files = {"model.safetensors": arrays.dump({"items": wide, "bias": np.ones(500, "f4")})}
    return build(flavour="native", loader="test", inputs=(), outputs=(), files=files)
