"""What a configuration may hold: nothing that runs, reads or grows."""

import pytest

from ml.training import compiling, configuration, settings
from ml.training.errors import TrainingError


def layer(name="Dense", module="keras.layers", **config):
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def model(*layers, **more):
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"layers": list(layers)},
        **more,
    }


def adam(rate):
    return {"class_name": "Adam", "config": {"learning_rate": rate}}


@pytest.mark.parametrize(
    "bad",
    [
        layer("Lambda", function={"class_name": "__lambda__", "config": {"value": "4wAA"}}),
        layer(activation={"class_name": "__lambda__", "config": {"value": "4wAA"}}),
        layer("TFSMLayer", filepath="/etc/passwd"),
        layer("TorchModuleWrapper", module="x"),
        layer("StringLookup", vocabulary="/etc/passwd"),
        layer("TextVectorization", vocabulary="/etc/passwd"),
        layer("Dense", module="os"),
        layer("system", module="os"),
        layer("function", module="builtins", config="eval"),
        layer("Dense", module="keras.src.utils.file_utils"),
        layer("__numpy__", module=None),
        layer("get_file", module="keras.utils"),
        layer(kernel_initializer=layer("Custom", module="my.package")),
        layer(["Dense"]),
        layer(units=10**12),
        layer(units=float("inf")),
        layer(name="x" * 300),
    ],
)
def test_what_is_not_a_known_layer_is_refused(bad):
    with pytest.raises(TrainingError):
        configuration.checked(model(bad))


@pytest.mark.parametrize(
    "bad", [None, [], "x", {}, {"class_name": "Dense", "config": {}}, model(*[layer()] * 300)]
)
def test_what_is_no_model_is_refused(bad):
    with pytest.raises(TrainingError):
        configuration.checked(bad)


def test_deep_and_large_configurations_are_refused():
    deep = layer()
    for _ in range(60):
        deep = layer("TimeDistributed", layer=deep)
    with pytest.raises(TrainingError, match="nested"):
        configuration.checked(model(deep))
    with pytest.raises(TrainingError, match="bytes"):
        configuration.checked(model(layer(name="y" * 150_000)))


def test_registered_names_and_surplus_keys_do_not_get_through():
    asked = model(layer() | {"registered_name": "Custom>Dense", "build_config": {"x": 1}})
    found = configuration.checked(asked | {"compile_config": {"optimizer": "evil"}})
    assert found["registered_name"] is None
    assert "compile_config" not in found
    (dense,) = found["config"]["layers"]
    assert dense == layer()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mse", "MeanSquaredError"),
        ("mean_squared_error", "MeanSquaredError"),
        ("MeanSquaredError", "MeanSquaredError"),
        ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
    ],
)
def test_a_loss_is_known_by_every_name_keras_gives_it(name, expected):
    assert compiling.checked({"loss": name}).loss.class_name == expected


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"loss": "my_loss"},
        {"loss": "mse", "optimizer": "evil"},
        {"loss": "mse", "metrics": "mae"},
        {"loss": "mse", "optimizer": adam({"class_name": "os"})},
        {"loss": "mse", "metrics": ["mae"] * 30},
        {"loss": "mse", "run": "rm"},
    ],
)
def test_compile_takes_known_names_only(bad):
    with pytest.raises(TrainingError) as caught:
        compiling.checked(bad)
    assert caught.value.field == "compile"


def test_compile_survives_the_way_through_json():
    asked = compiling.checked(
        {"loss": "mse", "optimizer": adam(0.1), "metrics": ["accuracy", "mae"]}
    )
    assert compiling.checked(asked.as_json()) == asked
    assert asked.metrics[1].config == {"name": "mae"}


@pytest.mark.parametrize(
    "bad",
    [
        {"epochs": 0},
        {"epochs": "3"},
        {"epochs": True},
        {"batch_size": 0},
        {"patience": -1},
        {"callbacks": []},
    ],
)
def test_fit_takes_numbers_in_range_only(bad):
    with pytest.raises(TrainingError):
        settings.checked(bad)


@pytest.mark.parametrize(("rows", "batch"), [(10, 32), (6_400, 32), (80_000, 512), (10**8, 4096)])
def test_a_batch_nobody_chose_grows_with_the_table(rows, batch):
    assert settings.Fit().batch_for(rows) == batch
    assert settings.Fit(batch_size=7).batch_for(rows) == 7
