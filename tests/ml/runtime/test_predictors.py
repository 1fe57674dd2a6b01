import subprocess
import sys

import numpy as np
import pytest
import xgboost

from ml.common.bundle import BundleError, TensorSpec, build
from ml.runtime.loading import load
from ml.runtime.options import LoadOptions
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


def test_a_flavour_of_a_later_release_is_refused_in_words():
    bundle = build(flavour="keras", inputs=(), outputs=(), files={})
    with pytest.raises(BundleError, match="'keras' yet"):
        load(bundle, {})


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
