"""Turns a booster of trees into an ONNX network: one row costs about a thirtieth of `inplace_predict`.

Trees of numerical splits become one TreeEnsembleRegressor; the objective's link follows. The base score is
not read but measured, the difference between the booster's margin and the bare trees'. Whoever converts
compares both on `probes` and keeps the booster if they differ (`convert` does it).
"""

import json
from typing import Any

import numpy as np
import onnxruntime as ort
import xgboost
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ml.runtime import ubjson

# Shapes: N rows, F features, C outputs (classes), T trees.
_TOLERANCE = 1e-5
_PROBES = 256
_COLUMNS = ("left_children", "right_children", "split_indices", "split_conditions", "default_left")
_LINKS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "binary:logistic": [("Sigmoid", {})],
    "reg:logistic": [("Sigmoid", {})],
    "multi:softprob": [("Softmax", {"axis": 1})],
    "count:poisson": [("Exp", {})],
    "reg:gamma": [("Exp", {})],
    "reg:tweedie": [("Exp", {})],
    "survival:cox": [("Exp", {})],
}
"""Objective -> operators from margin to value; what is not here gives the margin, or fails the comparison."""


def read(content: bytes, name: str) -> dict[str, Any]:
    """Return the `learner` of a model file (`.ubj` or `.json`), its trees' indices checked.

    XGBoost believes them, and a wrong one makes it read memory that is not its own.

    Raises:
        ValueError: malformed, cut short, or a tree that points outside itself; the words say which.
    """
    document = ubjson.loads(content) if name.endswith(".ubj") else json.loads(content)
    try:
        learner: dict[str, Any] = document["learner"]
        features = int(learner["learner_model_param"]["num_feature"])
        booster = learner["gradient_booster"]
        for number, tree in enumerate(
            booster.get("gbtree", booster).get("model", {}).get("trees", ())
        ):
            _check_tree(tree, features, number)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no booster: {error!r} is missing or of another kind") from error
    return learner


def _check_tree(tree: dict[str, Any], features: int, number: int) -> None:
    left, right = np.asarray(tree["left_children"]), np.asarray(tree["right_children"])
    split = np.asarray(tree["split_indices"])
    nodes = len(left)
    whole = all(len(tree[key]) == nodes for key in ("right_children", "split_indices", "split_conditions",
                                                   "default_left"))  # fmt: skip
    if not whole or not nodes or int(tree["tree_param"]["num_nodes"]) != nodes:
        raise ValueError(f"tree {number} is not whole")
    # children come after their parent, so no path runs in a circle
    inner = left != -1
    own = np.arange(nodes)[inner]
    for children in (left[inner], right[inner]):
        if np.any(children <= own) or np.any(children >= nodes):
            raise ValueError(f"tree {number} points outside itself")
    if np.any(split[inner] < 0) or np.any(split[inner] >= features):
        raise ValueError(f"tree {number} asks for a feature beyond {features}")


def convert(
    booster: xgboost.Booster, learner: dict[str, Any], *, margin: bool, flat: bool
) -> bytes | None:
    """Return an ONNX network `x` (N, F) -> `y` that answers like the booster, or None.

    Args:
        booster: fitted.
        learner: its content, as `read` gave it.
        margin: answer before the objective's link.
        flat: `y` is (N,) instead of (N, C).

    None means it has parts this cannot say (categories, DART, vector leaves), or answered otherwise than
    the booster by more than 1e-5 on probes drawn at the trees' own thresholds, missing values among them.
    """
    model = learner["gradient_booster"].get("model", {})
    if learner["gradient_booster"].get("name") != "gbtree" or not _is_plain(model.get("trees", [])):
        return None
    links = [] if margin else _LINKS.get(learner["objective"]["name"], [])
    nodes = _nodes(model["trees"], model["tree_info"])
    probes_NF = _probe_rows(model["trees"], booster.num_features())
    base_C = _base(booster, nodes, probes_NF)
    network = _network(nodes, base_C, links, flat=flat)
    kind = "margin" if margin else "value"
    wanted = np.asarray(
        booster.inplace_predict(probes_NF, predict_type=kind, validate_features=False)
    )
    got = _run(network, probes_NF)
    same = got.size == wanted.size and np.allclose(
        got.reshape(wanted.shape), wanted, rtol=_TOLERANCE, atol=_TOLERANCE
    )
    return network if same else None


def _is_plain(trees: list[dict[str, Any]]) -> bool:
    return bool(len(trees)) and all(
        not np.any(tree.get("split_type", ()))
        and tree["tree_param"].get("size_leaf_vector", "0") in {"0", "1"}
        for tree in trees
    )


def _nodes(trees: list[dict[str, Any]], classes_T: Any) -> dict[str, Any]:
    """Return the attributes of TreeEnsembleRegressor."""
    made: dict[str, list[Any]] = {key: [] for key in (
        "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes",
        "nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true",
        "target_treeids", "target_nodeids", "target_ids", "target_weights",
    )}  # fmt: skip
    for tree_id, (read_tree, target) in enumerate(zip(trees, classes_T, strict=True)):
        tree = {key: np.asarray(read_tree[key]).tolist() for key in _COLUMNS}
        for node, left in enumerate(tree["left_children"]):
            is_leaf = left == -1
            made["nodes_treeids"].append(tree_id)
            made["nodes_nodeids"].append(node)
            made["nodes_featureids"].append(0 if is_leaf else tree["split_indices"][node])
            made["nodes_values"].append(0.0 if is_leaf else tree["split_conditions"][node])
            made["nodes_modes"].append("LEAF" if is_leaf else "BRANCH_LT")
            made["nodes_truenodeids"].append(0 if is_leaf else left)
            made["nodes_falsenodeids"].append(0 if is_leaf else tree["right_children"][node])
            made["nodes_missing_value_tracks_true"].append(
                int(not is_leaf and tree["default_left"][node])
            )
            if is_leaf:
                made["target_treeids"].append(tree_id)
                made["target_nodeids"].append(node)
                made["target_ids"].append(int(target))
                made["target_weights"].append(tree["split_conditions"][node])
    return made | {"n_targets": int(max(classes_T)) + 1}


def _probe_rows(trees: list[dict[str, Any]], features: int) -> NDArray[np.float32]:
    """Return rows of values at and beside the thresholds, an eighth of them missing."""
    random = np.random.default_rng(0)
    rows_NF = random.standard_normal((_PROBES, features)).astype(np.float32)
    inner = [np.asarray(tree["left_children"]) != -1 for tree in trees]
    split, value = (
        np.concatenate([np.asarray(t[key])[i] for t, i in zip(trees, inner, strict=True)])
        for key in ("split_indices", "split_conditions")
    )
    for feature in np.unique(split):
        near = random.choice(value[split == feature].astype(np.float32), _PROBES)
        beside = np.nextafter(
            near, np.where(random.random(_PROBES) < 0.5, -np.inf, np.inf).astype(np.float32)
        )
        rows_NF[:, feature] = np.where(random.random(_PROBES) < 0.5, near, beside)
    rows_NF[random.random(rows_NF.shape) < 0.125] = np.nan
    return rows_NF


def _base(
    booster: xgboost.Booster, nodes: dict[str, Any], probes_NF: NDArray[np.float32]
) -> list[float]:
    bare_NC = _run(_network(nodes, None, [], flat=False), probes_NF)
    margins = booster.inplace_predict(probes_NF, predict_type="margin", validate_features=False)
    return [float(b) for b in np.median(np.reshape(margins, bare_NC.shape) - bare_NC, axis=0)]


def _network(
    nodes: dict[str, Any],
    base_C: list[float] | None,
    links: list[tuple[str, dict[str, Any]]],
    *,
    flat: bool,
) -> bytes:
    attributes = nodes if base_C is None else nodes | {"base_values": base_C}
    steps = [("TreeEnsembleRegressor", attributes, "ai.onnx.ml"), *((n, a, "") for n, a in links)]
    made, last = [], "x"
    for index, (name, values, domain) in enumerate(steps):
        made.append(helper.make_node(name, [last], [f"step{index}"], domain=domain, **values))
        last = f"step{index}"
    weights = (
        [numpy_helper.from_array(np.array([-1], dtype=np.int64), "any_length")] if flat else []
    )
    made.append(helper.make_node("Reshape", [last, "any_length"], ["y"]) if flat
                else helper.make_node("Identity", [last], ["y"]))  # fmt: skip
    shape = ["n"] if flat else ["n", nodes["n_targets"]]
    graph = helper.make_graph(
        made, "trees",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        weights,
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString())


def _run(network: bytes, rows_NF: NDArray[np.float32]) -> NDArray[np.float32]:
    session = ort.InferenceSession(network, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["y"], {"x": rows_NF})[0])
