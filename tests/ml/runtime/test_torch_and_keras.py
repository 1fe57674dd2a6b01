"""Torch programs and Keras models, and what is refused of them; the one module here that imports torch."""

import json
import pickle  # noqa: TID251  (the attack this guards against)
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.common.bundle import Bundle, BundleError
from ml.runtime.loading import load
from ml.runtime.options import LoadOptions
from tests.conformance.test_predictors import PredictorConformance
from tests.ml.runtime import torch_models
from tests.ml.runtime.torch_models import bundle_of


@pytest.fixture(scope="module")
def program() -> bytes:
    return torch_models.program()


class TestTorchProgram(PredictorConformance):
    content = b""

    def bundle(self) -> Bundle:
        type(self).content = type(self).content or torch_models.program()
        return bundle_of(self.content)


class TestKerasModel(PredictorConformance):
    content = b""

    def bundle(self) -> Bundle:
        type(self).content = type(self).content or torch_models.keras_file()
        return bundle_of(self.content, "keras")


def test_a_torch_program_answers_as_its_module(program):
    x_NF = torch_models.rows()
    wanted = torch_models.network()(torch.from_numpy(x_NF)).detach().numpy()
    np.testing.assert_allclose(
        load(bundle_of(program), {}).predict({"x": x_NF}, {})["y"], wanted, rtol=1e-5
    )


class _Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def _with_target(program: bytes, target: str) -> bytes:
    model = json.loads(torch_models.record(program, "models/model.json"))
    model["graph_module"]["graph"]["nodes"][0]["target"] = target
    return torch_models.rewritten(program, {"models/model.json": json.dumps(model).encode()})


def test_pickled_example_inputs_are_never_read(program, tmp_path):
    mark = tmp_path / "was-here"
    evil = torch_models.rewritten(program, {"sample_inputs/model.pt": pickle.dumps((_Evil(mark),))})
    load(bundle_of(evil), {}).predict({"x": torch_models.rows()}, {})
    assert not mark.exists()


@pytest.mark.parametrize(
    "target",
    [
        "torch.serialization.os.system",
        "torch.load",
        "torch.ops.aten.from_file.default",
        "math.__class__",
        "x",
    ],
)
def test_a_program_may_only_call_operators_of_tensors(program, target):
    with pytest.raises(BundleError, match="not served"):
        load(bundle_of(_with_target(program, target)), {})


@pytest.mark.parametrize("name", ["data/constants/custom_obj_0", "data/constants/opaque_obj_0",
                                  "data/weights/model.pt", "data/aotinductor/model/model.so"])  # fmt: skip
def test_pickled_objects_and_compiled_code_are_refused(program, name):
    with pytest.raises(BundleError, match="only programs of plain tensors"):
        load(bundle_of(torch_models.rewritten(program, {name: b"x"})), {})


def test_pickled_weights_are_refused(program):
    config = json.loads(torch_models.record(program, "model_weights_config.json"))
    next(iter(config["config"].values()))["use_pickle"] = True
    changed = torch_models.rewritten(
        program, {"model_weights_config.json": json.dumps(config).encode()}
    )
    with pytest.raises(BundleError, match="is pickled"):
        load(bundle_of(changed), {})


def test_expressions_that_are_code_are_refused(program):
    text = torch_models.record(program, "models/model.json").decode()
    symbol = re.search(r'"expr_str": "([^"]+)"', text)[1]
    changed = text.replace(symbol, "__import__('os')")
    with pytest.raises(BundleError, match="no plain expression"):
        load(
            bundle_of(torch_models.rewritten(program, {"models/model.json": changed.encode()})), {}
        )


def test_a_keras_lambda_is_refused():
    from keras import layers  # noqa: PLC0415

    content = torch_models.keras_file(layers.Lambda(lambda x: x * 2), layers.Dense(3))
    with pytest.raises(BundleError, match="Lambda layer"):
        load(bundle_of(content, "keras"), {})


def test_a_keras_class_of_another_package_is_refused():
    content = torch_models.keras_file()
    config = json.loads(torch_models.record(content, "config.json"))
    config["config"]["layers"][1]["module"] = "os"
    changed = torch_models.rewritten(content, {"config.json": json.dumps(config).encode()})
    with pytest.raises(BundleError, match="not of Keras layers"):
        load(bundle_of(changed, "keras"), {})


def test_a_model_that_asks_for_a_gpu_runs_without_one_and_the_log_says_so(program, caplog):
    predictor = load(bundle_of(program, device="cuda"), {})
    if not torch.cuda.is_available():
        assert predictor.device == "cpu"
        assert "asks for a GPU" in caplog.text


def test_several_instances_answer_alike(program):
    group = load(bundle_of(program, instances=3), {}, LoadOptions())
    assert group.instances == 3
    one = load(bundle_of(program), {})
    x_NF = torch_models.rows()
    np.testing.assert_array_equal(
        group.predict({"x": x_NF}, {})["y"], one.predict({"x": x_NF}, {})["y"]
    )
    assert group.size_bytes == 3 * one.size_bytes
