import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
import xgboost

from ml.common.bundle import BundleError, TensorSpec, build
from ml.runtime import onnx_predictor, ubjson
from ml.runtime.loading import load
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import PredictionInputError
from ml.runtime.signature import InputSignature
from tests.ml.runtime import sample_models


def test_onnx_answers_are_the_networks():
    x_NF = np.random.default_rng(3).random((6, 4), dtype=np.float32)
    assert np.array_equal(
        load(sample_models.scaler(3.0), {}).predict({"x": x_NF}, {})["y"], x_NF * 3
    )


def test_onnx_strings_arrive_as_text_and_leave_as_bytes():
    predictor = load(sample_models.echo(), {})
    request = {spec.name: np.zeros(1, dtype=object) for spec in predictor.manifest.inputs}
    from ml.runtime.signature import synthetic  # noqa: PLC0415

    request = synthetic(predictor.manifest.inputs)
    request["in_BYTES"] = np.array(["zürich 深圳".encode()], dtype=object)
    assert predictor.predict(request, {})["out_BYTES"][0] == "zürich 深圳".encode()


def _endless() -> bytes:
    """Return a network that counts to its input."""
    make, whole, truth = onnx.helper, onnx.TensorProto.INT64, onnx.TensorProto.BOOL
    told = {
        name: make.make_tensor_value_info(name, whole, []) for name in ("n", "i", "v", "w", "y")
    }
    goes = [make.make_tensor_value_info(name, truth, []) for name in ("c", "d")]
    steps = [make.make_node("Identity", ["c"], ["d"]), make.make_node("Add", ["v", "i"], ["w"])]
    body = make.make_graph(steps, "b", [told["i"], goes[0], told["v"]], [goes[1], told["w"]])
    loop = make.make_node("Loop", ["n", "", "zero"], ["y"], body=body)
    zero = make.make_tensor("zero", whole, [], [0])
    graph = make.make_graph([loop], "g", [told["n"]], [told["y"]], initializer=[zero])
    opset = [make.make_opsetid("", 17)]
    return make.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def test_a_request_cannot_keep_a_network_busy_for_ever(monkeypatch):
    monkeypatch.setattr(onnx_predictor, "_MOST_S", 0.3)
    tensors = {name: (TensorSpec(name, "INT64", ()),) for name in ("n", "y")}
    predictor = load(
        build(
            flavour="onnx",
            inputs=tensors["n"],
            outputs=tensors["y"],
            files={"model.onnx": _endless()},
        ),
        {},
    )
    assert not predictor.work_is_bounded
    assert predictor.predict({"n": np.array(4)}, {})["y"] == 6
    with pytest.raises(PredictionInputError, match="longer than"):
        predictor.predict({"n": np.array(2**62)}, {})


@pytest.mark.parametrize("classes", [0, 3])
def test_xgboost_answers_are_the_boosters(classes):
    bundle, booster = sample_models.booster(classes=classes)
    x_NF = np.random.default_rng(3).random((50, 3), dtype=np.float32)
    x_NF[::7, 1] = np.nan
    got = load(bundle, {}).predict({"features": x_NF}, {})["risk"]
    np.testing.assert_allclose(got, booster.predict(xgboost.DMatrix(x_NF)), rtol=1e-6)


def test_a_manifest_that_promises_other_tensors_is_refused():
    whole = sample_models.scaler()
    lying = build(
        flavour="onnx",
        inputs=(TensorSpec("x", "FP64", (-1, 4)),),
        outputs=whole.manifest.outputs,
        files=whole.files,
    )
    with pytest.raises(BundleError, match="FP32 in the network, FP64 in the manifest"):
        load(lying, {})


def test_a_booster_of_another_width_is_refused():
    whole, _ = sample_models.booster()
    lying = build(
        flavour="xgboost",
        inputs=(TensorSpec("features", "FP32", (-1, 9)),),
        outputs=whole.manifest.outputs,
        files=whole.files,
    )
    with pytest.raises(BundleError, match="takes 3 features, the manifest says 9"):
        load(lying, {})


def test_a_native_bundle_goes_to_its_loader_and_an_unknown_loader_is_named():
    bundle = build(flavour="native", loader="mine", inputs=(), outputs=(), files={})
    assert load(bundle, {"mine": lambda b: ("loaded", b)})[1] is bundle
    with pytest.raises(BundleError, match="native loader 'mine'"):
        load(bundle, {})


def test_attributes_that_cannot_be_used_are_refused():
    whole = sample_models.scaler()
    for attributes in ({"device": "tpu"}, {"instances": 99}, {"instances": "two"}):
        bundle = build(
            flavour="onnx",
            inputs=whole.manifest.inputs,
            outputs=whole.manifest.outputs,
            files=whole.files,
            attributes=attributes,
        )
        with pytest.raises(BundleError, match="attributes"):
            load(bundle, {})


@pytest.mark.parametrize(
    "objective",
    [
        "binary:logistic",
        "reg:squarederror",
        "multi:softprob",
        "multi:softmax",
        "count:poisson",
        "binary:hinge",
    ],
)
@pytest.mark.parametrize("predict_type", ["value", "margin"])
def test_converted_trees_answer_like_the_booster(objective, predict_type):
    random = np.random.default_rng(1)
    x_NF = random.random((300, 6), dtype=np.float32)
    x_NF[random.random(x_NF.shape) < 0.2] = np.nan
    classes = 3 if objective.startswith("multi") else 0
    labels_N = random.integers(0, classes or 2, 300)
    params = {"objective": objective, "max_depth": 4, "nthread": 1}
    params |= {"num_class": 3} if classes else {}
    booster = xgboost.train(params, xgboost.DMatrix(x_NF, labels_N), 20)
    wanted = booster.inplace_predict(x_NF, predict_type=predict_type)
    bundle = build(
        flavour="xgboost",
        inputs=(TensorSpec("x", "FP32", (-1, 6)),),
        outputs=(TensorSpec("y", "FP32", (-1, 3) if wanted.ndim == 2 else (-1,)),),
        files={"model.ubj": bytes(booster.save_raw("ubj"))},
        attributes={"predict_type": predict_type},
    )
    predictor = load(bundle, {})
    got = predictor.predict({"x": x_NF}, {})["y"]
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)
    if objective in {"binary:logistic", "reg:squarederror", "multi:softprob", "count:poisson"}:
        assert predictor.engine == "onnx", "one row is 30 times cheaper"


def test_trees_with_categories_stay_with_xgboost():
    random = np.random.default_rng(1)
    x_NF = random.integers(0, 5, (300, 2)).astype(np.float32)
    data = xgboost.DMatrix(x_NF, x_NF[:, 0] % 2, feature_types=["c", "c"], enable_categorical=True)
    booster = xgboost.train({"nthread": 1}, data, 3)
    bundle = build(
        flavour="xgboost",
        inputs=(TensorSpec("x", "FP32", (-1, 2)),),
        outputs=(TensorSpec("y", "FP32", (-1,)),),
        files={"model.ubj": bytes(booster.save_raw("ubj"))},
    )
    predictor = load(bundle, {})
    assert predictor.engine == "xgboost"
    got = predictor.predict({"x": x_NF}, {})["y"]
    np.testing.assert_allclose(got, booster.predict(data), rtol=1e-5)


def test_optional_inputs_may_be_left_out():
    signature = InputSignature((TensorSpec("k", "INT64", (1,), optional=True),))
    signature.check({})


def test_options_are_checked():
    with pytest.raises(ValueError, match="threads"):
        LoadOptions(threads=0)
    with pytest.raises(ValueError, match="auto, cpu or cuda"):
        LoadOptions(device="tpu")


@pytest.mark.parametrize("make", ["scaler()", "booster()[0]"])
def test_predictors_never_import_torch(make):
    code = (
        "import sys; from tests.ml.runtime import sample_models; from ml.runtime.loading import load;"
        f"load(sample_models.{make}, {{}}); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("length", [0.1, 0.5, 0.9, 0.999])
def test_a_booster_cut_anywhere_is_refused_before_xgboost_reads_it(length):
    whole, _ = sample_models.booster()
    content = whole.files["model.ubj"]
    with pytest.raises(ValueError, match=r"ends at byte|malformed|does not fit the file"):
        ubjson.loads(content[: int(len(content) * length)])


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("left_children", 10_000, "outside itself"), ("right_children", 0, "outside itself"),
     ("split_indices", 99, "feature beyond")],
)  # fmt: skip
def test_a_booster_whose_trees_point_elsewhere_is_refused(column, value, words):
    whole, _ = sample_models.booster(file_name="model.json")
    document = json.loads(whole.files["model.json"])
    document["learner"]["gradient_booster"]["model"]["trees"][1][column][0] = value
    lying = build(
        flavour="xgboost",
        inputs=whole.manifest.inputs,
        outputs=whole.manifest.outputs,
        files={"model.json": json.dumps(document).encode()},
    )
    with pytest.raises(BundleError, match=words):
        load(lying, {})
