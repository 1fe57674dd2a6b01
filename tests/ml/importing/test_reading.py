"""Model files of every format, good and bad."""

import io
import zipfile

import numpy as np
import onnx
import pytest
import torch
import xgboost as xgb
from safetensors.torch import save

from ml.importing.errors import ImportRefusedError
from ml.importing.options import ImportOptions
from ml.importing.reading import read
from ml.runtime import keras_predictor
from ml.runtime.loading import load
from tests.ml.compression import models

X = models.rows(50)


def test_an_onnx_file_brings_its_own_signature():
    content = models.network().files["model.onnx"]
    bundle = read("net.onnx", content)
    assert [(s.name, s.datatype, s.shape) for s in bundle.manifest.inputs] == [
        ("features", "FP32", (-1, models.FEATURES))
    ]
    assert bundle.manifest.outputs[0].shape == (-1, models.CLASSES)


@pytest.mark.parametrize("ending", ["ubj", "json"])
@pytest.mark.parametrize(
    ("objective", "extra", "rank"),
    [
        ("reg:squarederror", {}, 1),
        ("binary:logistic", {}, 1),
        ("multi:softprob", {"num_class": 3}, 2),
    ],
)
def test_a_booster_answers_as_xgboost_does(ending, objective, extra, rank):
    y = np.arange(50) % (3 if rank == 2 else 2)
    booster = xgb.train({"objective": objective, "max_depth": 3, **extra}, xgb.DMatrix(X, y), 5)
    bundle = read(f"model.{ending}", bytes(booster.save_raw(ending)))
    found = load(bundle, {}).predict({"features": X}, {})["scores"]
    assert found.ndim == rank
    np.testing.assert_allclose(found, booster.predict(xgb.DMatrix(X)), atol=1e-5)


def test_a_stack_of_torch_layers_answers_as_torch_does():
    net = torch.nn.Sequential(
        torch.nn.Linear(models.FEATURES, 8),
        torch.nn.Tanh(),
        torch.nn.Linear(8, 3),
        torch.nn.Softmax(1),
    )
    bundle = read(
        "net.safetensors",
        save(net.state_dict()),
        ImportOptions(activation="tanh", output="softmax"),
    )
    found = load(bundle, {}).predict({"features": X}, {})["scores"]
    np.testing.assert_allclose(found, net(torch.from_numpy(X)).detach().numpy(), atol=1e-5)


def test_a_keras_model_answers_as_keras_does(tmp_path):
    keras = keras_predictor.keras  # on the backend the runtime chose
    model = keras.Sequential([keras.layers.Input((models.FEATURES,)), keras.layers.Dense(2)])
    model.save(tmp_path / "m.keras")
    bundle = read("m.keras", (tmp_path / "m.keras").read_bytes())
    found = load(bundle, {}).predict({bundle.manifest.inputs[0].name: X}, {})
    expected = model(X)
    np.testing.assert_allclose(
        next(iter(found.values())), keras.ops.convert_to_numpy(expected), atol=1e-5
    )


def _external_weights() -> bytes:
    network = onnx.load_model_from_string(models.network().files["model.onnx"])
    tensor = network.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    tensor.ClearField("raw_data")
    return network.SerializeToString()


def _external(name: str) -> onnx.TensorProto:
    tensor = onnx.TensorProto(name=name, data_type=onnx.TensorProto.UINT8, dims=[1])
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "pyproject.toml"), ("length", "1")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return tensor


def _external_constant() -> bytes:
    make = onnx.helper
    asked = make.make_tensor_value_info("x", onnx.TensorProto.BOOL, [1])
    told = make.make_tensor_value_info("y", onnx.TensorProto.UINT8, [1])
    node = make.make_node("Constant", [], ["y"], value=_external("y"))
    return make.make_model(make.make_graph([node], "g", [asked], [told])).SerializeToString()


def _external_in_a_branch() -> bytes:
    make = onnx.helper

    def branch(name: str) -> onnx.GraphProto:
        told = make.make_tensor_value_info(name, onnx.TensorProto.UINT8, [1])
        node = make.make_node("Identity", [f"{name}w"], [name])
        return make.make_graph([node], name, [], [told], initializer=[_external(f"{name}w")])

    asked = make.make_tensor_value_info("x", onnx.TensorProto.BOOL, [])
    told = make.make_tensor_value_info("y", onnx.TensorProto.UINT8, [1])
    node = make.make_node("If", ["x"], ["y"], then_branch=branch("a"), else_branch=branch("b"))
    return make.make_model(make.make_graph([node], "g", [asked], [told])).SerializeToString()


def _keras_with_code() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", '{"class_name": "Lambda", "module": "keras.layers"}')
        archive.writestr("model.weights.h5", b"")
    return made.getvalue()


def test_a_keras_file_that_unfolds_beyond_all_measure_is_refused(monkeypatch):
    monkeypatch.setattr(keras_predictor, "_MAX_PLAIN_BYTES", 1000)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(5000))
    with pytest.raises(ImportRefusedError, match="unfolds"):
        read("m.keras", made.getvalue())


def test_a_booster_that_lies_about_its_length_never_reaches_xgboosts_own_reader(monkeypatch):
    booster = xgb.train({"max_depth": 2}, xgb.DMatrix(X, np.arange(50.0)), 2)
    whole = bytes(booster.save_raw("ubj"))
    monkeypatch.setattr(xgb.Booster, "load_model", lambda *_: pytest.fail("it was reached"))
    with pytest.raises(ImportRefusedError, match="cannot read"):
        read("m.ubj", whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("model.pkl", b"\x80\x04.", "can run code"),
        ("model.pt", b"PK", "can run code"),
        ("noending", b"", "end in"),
        ("m.onnx", b"garbage", "not a valid ONNX"),
        ("m.onnx", b"", "not a valid ONNX|no"),
        ("m.onnx", _external_weights(), "outside"),
        ("m.onnx", _external_constant(), "outside"),
        ("m.onnx", _external_in_a_branch(), "outside"),
        ("m.ubj", b"{garbage", "cannot read"),
        ("m.json", b"[]", "cannot read"),
        ("m.keras", b"garbage", "archive"),
        ("m.keras", _keras_with_code(), "Lambda"),
        ("m.safetensors", b"garbage", "cannot be read"),
        ("m.safetensors", save({"encoder": torch.ones(2, 2)}), "ONNX instead"),
        (
            "m.safetensors",
            save({"0.weight": torch.ones(3, 2), "1.weight": torch.ones(3, 5)}),
            "takes 5",
        ),
        (
            "m.safetensors",
            save({"0.weight": torch.ones(3, 2), "0.bias": torch.ones(4)}),
            "does not fit",
        ),
    ],
)
def test_a_bad_file_is_refused_in_words(name, content, words):
    with pytest.raises(ImportRefusedError, match=words):
        read(name, content)


def test_unknown_options_are_refused():
    with pytest.raises(ImportRefusedError, match="relu"):
        ImportOptions(activation="swish9")
