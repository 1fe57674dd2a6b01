"""Keras models from a configuration: built, fitted, resumed, exported; refused where they do not fit."""

import io
import zipfile

import numpy as np
import pytest

from ml.common.progress import SilentProgress, TrainingStoppedError
from ml.runtime.loading import load
from ml.training import compiling, settings, tables
from ml.training.errors import TrainingError
from tests.ml.training import models

MSE = compiling.checked({"loss": "mse", "optimizer": "adam", "metrics": ["mae"]})


class Recorder(SilentProgress):
    """Keeps checkpoints and asks to stop after so many epochs."""

    def __init__(self, stop_after=None, state=None):
        self.points, self.lines = {}, []
        self.stop_after, self.state = stop_after, state

    def log(self, line):
        self.lines.append(line)

    def metric(self, name, value, step=None):
        self.points.setdefault(name, {})[step] = value

    def should_stop(self):
        return self.stop_after is not None and len(self.points.get("loss", {})) >= self.stop_after

    def save_checkpoint(self, state):
        self.state = state

    def load_checkpoint(self):
        return self.state


def trained(config, columns, target, progress=None, fit=None, compile_=MSE, mapping=None, **held):
    from ml.training.keras import building, fitting  # noqa: PLC0415  (seconds)

    fit = fit or settings.Fit(epochs=3, seed=4)
    names = [each for each in columns if each != target]
    built = building.build(config, names, mapping or {}, fit.seed)
    table = tables.arrange(columns, built.inputs, target)
    fitting.compile_model(built.model, compile_)
    other = tables.arrange(held["held"], built.inputs, target) if held else None
    state = fitting.fit(built.model, table, other, fit, progress or Recorder())
    return built, table, state


def test_a_line_is_learned_to_its_known_coefficients():
    layers = models.keras().layers
    fast = compiling.checked(
        {"loss": "mse", "optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.05}}}
    )
    built, *_ = trained(
        models.configured(layers.Dense(1)),
        models.line(),
        "y",
        fit=settings.Fit(epochs=40),
        compile_=fast,
    )
    kernel, bias = built.model.get_weights()
    assert kernel.ravel() == pytest.approx([2, -3], abs=0.02)
    assert bias == pytest.approx([1], abs=0.02)


def test_it_learns_what_keras_itself_learns():
    """The reference: the same layers, seed and data through plain Keras, one epoch, no shuffling."""
    keras = models.keras()
    config, data = models.configured(keras.layers.Dense(4), keras.layers.Dense(1)), models.line()
    keras.utils.set_random_seed(4)
    reference = keras.saving.deserialize_keras_object(config)
    reference.build((None, 2))
    fit = settings.Fit(epochs=1, shuffle=False, seed=4)
    built, table, state = trained(config, data, "y", fit=fit)
    reference.compile(optimizer="adam", loss="mse", metrics=["mae"])
    told = reference.fit(table.inputs[0], table.target, shuffle=False, verbose=0)
    assert state.history["loss"] == pytest.approx(told.history["loss"], rel=1e-5)
    for ours, theirs in zip(built.model.get_weights(), reference.get_weights(), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)


def test_a_stopped_training_goes_on_as_if_it_had_not_been():
    data, fit = models.ratings(), settings.Fit(epochs=4, seed=9)
    whole = trained(models.embedding(), data, "rating", fit=fit)[2].history
    stopped = Recorder(stop_after=2)
    with pytest.raises(TrainingStoppedError):
        trained(models.embedding(), data, "rating", stopped, fit)
    resumed = Recorder(state=stopped.state)
    history = trained(models.embedding(), data, "rating", resumed, fit)[2].history
    assert "Resumed after epoch 2." in resumed.lines
    assert sorted(resumed.points["loss"]) == [3, 4]
    assert history["loss"] == pytest.approx(whole["loss"], rel=1e-6)


def test_patience_keeps_the_best_weights():
    data, held = models.ratings(rows=60), models.ratings(rows=60, seed=8)
    fit = settings.Fit(epochs=400, patience=3)
    state = trained(models.embedding(), data, "rating", fit=fit, held=held)[2]
    assert state.epoch < 400
    assert state.best[0] == state.epoch - 3 == np.argmin(state.history["val_loss"]) + 1


def test_the_bundle_is_served_by_onnx_and_by_keras_alike():
    from ml.training.keras import exporting  # noqa: PLC0415

    built, table, _ = trained(models.embedding(), models.ratings(), "rating")
    progress = Recorder()
    bundle = exporting.pack(built, [each[:64] for each in table.inputs], {}, progress)
    assert bundle.manifest.flavour == "onnx", progress.lines
    (tensor,) = bundle.manifest.inputs
    assert (tensor.name, tensor.datatype, tensor.shape) == ("inputs", "INT64", (-1, 2))
    (answer,) = load(bundle, {}).predict({"inputs": table.inputs[0][:50]}, {}).values()
    expected = built.model.predict(table.inputs[0][:50], verbose=0)
    assert answer == pytest.approx(expected, abs=1e-5)
    archive = zipfile.ZipFile(io.BytesIO(bundle.files["model.keras"]))
    assert "assets" not in " ".join(archive.namelist())


def test_a_model_that_does_not_export_stays_with_keras(monkeypatch):
    from ml.training.keras import exporting  # noqa: PLC0415

    built, table, _ = trained(models.embedding(), models.ratings(), "rating")
    monkeypatch.setattr(exporting, "TOLERANCE", -1.0)
    progress = Recorder()
    bundle = exporting.pack(built, [each[:64] for each in table.inputs], {}, progress)
    assert bundle.manifest.flavour == "keras"
    assert "differ" in progress.lines[-1]
    (answer,) = load(bundle, {}).predict({"inputs": table.inputs[0][:5]}, {}).values()
    assert answer == pytest.approx(built.model.predict(table.inputs[0][:5], verbose=0), abs=1e-6)


def test_inputs_take_the_columns_of_their_names():
    keras = models.keras()
    layers = keras.layers
    user = keras.Input((1,), dtype="int64", name="user")
    item = keras.Input((1,), dtype="int64", name="item")
    joined = layers.Concatenate()(
        [
            layers.Flatten()(layers.Embedding(40, 4, name="users")(user)),
            layers.Flatten()(layers.Embedding(50, 4, name="items")(item)),
        ]
    )
    model = keras.Model([item, user], layers.Dense(1)(joined))
    built, table, _ = trained(
        keras.saving.serialize_keras_object(model), models.ratings(), "rating"
    )
    assert [(each.name, each.columns, dict(each.sizes)) for each in built.inputs] == [
        ("item", ("item",), {"items": 50}),
        ("user", ("user",), {"users": 40}),
    ]
    assert table.inputs[1].max() < 40


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        (lambda d: d | {"item": d["item"] + 1}, "“item” holds 50; the embedding", "dataset"),
        (lambda d: d | {"item": d["item"] - 1}, "“item” holds -1", "dataset"),
        (lambda d: d | {"item": d["item"] + 0.5}, "“item” holds fractions", "dataset"),
        (
            lambda d: d | {"rating": d["rating"] * np.nan},
            "“rating” lacks a number in 600",
            "dataset",
        ),
        (lambda d: {name: each[:0] for name, each in d.items()}, "no rows", "dataset"),
    ],
)
def test_data_that_does_not_fit_is_refused_by_name(change, words, field):
    with pytest.raises(TrainingError, match=words) as caught:
        trained(models.embedding(), change(models.ratings()), "rating")
    assert caught.value.field == field
    assert caught.value.remedy


def test_a_model_and_columns_that_do_not_fit_say_how_many():
    layers = models.keras().layers
    config = models.configured(layers.Input((3,)), layers.Dense(1))
    with pytest.raises(TrainingError, match="takes 3 numbers a row; 2 columns") as caught:
        trained(config, models.line(), "y")
    assert caught.value.field == "inputs"


def test_a_huge_model_is_refused_before_it_takes_memory():
    layers = models.keras().layers
    config = models.configured(layers.Embedding(90_000_000, 90_000), layers.Flatten())
    with pytest.raises(TrainingError, match="weights"):
        trained(config, models.line(), "y")


def test_a_loss_that_explodes_is_said():
    wild = compiling.checked(
        {"loss": "mse", "optimizer": {"class_name": "SGD", "config": {"learning_rate": 1e9}}}
    )
    layers = models.keras().layers
    with pytest.raises(TrainingError, match="The loss is no number"):
        trained(
            models.configured(layers.Dense(8), layers.Dense(1)), models.line(), "y", compile_=wild
        )
