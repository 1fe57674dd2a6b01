"""Spaces that do not fit are refused with the place and what to do."""

import pytest

from ml.training import compiling, settings
from ml.tuning import paths, space
from ml.tuning.errors import TuningError

LINEAR = {"low": 1, "high": 2}
REQUEST = {
    "model": {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": "InputLayer", "config": {"name": "inputs"}},
                {
                    "class_name": "Dense",
                    "config": {"name": "wide", "units": 8, "activation": "relu"},
                },
                {"class_name": "Dropout", "config": {"name": "drop", "rate": 0.5, "seed": None}},
            ]
        },
    },
    "compile": compiling.checked({"optimizer": "adam", "loss": "mse"}).as_json(),
    "fit": settings.checked({"epochs": 3}).as_json(),
}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "0 parameters"),
        ({f"p{n}": {"type": "int", **LINEAR} for n in range(33)}, "33 parameters"),
        ({"x" * 121: {"type": "int", **LINEAR}}, "121 characters"),
        ({"x": {"type": "real", **LINEAR}}, "no known type"),
        ({"x": {"type": "float", "low": 1, "high": 2, "choices": []}}, "takes no “choices”"),
        ({"x": {"type": "float", "low": 2, "high": 1}}, "goes from 2 to 1"),
        ({"x": {"type": "float", "low": "a", "high": 1}}, "'a' as `low`"),
        ({"x": {"type": "float", "low": 0, "high": 1e300}}, "as `high`"),
        ({"x": {"type": "float", "low": 0, "high": float("nan")}}, "as `high`"),
        ({"x": {"type": "int", "low": 0.5, "high": 2}}, "0.5 as `low`"),
        ({"x": {"type": "float", "low": 0, "high": 1, "log": True}}, "log scale"),
        ({"x": {"type": "categorical", "choices": ["a"]}}, "no choices"),
        ({"x": {"type": "categorical", "choices": ["a", []]}}, "has the choice"),
        ({"x": {"type": "categorical", "choices": ["a", "a"]}}, "twice"),
    ],
)
def test_a_bad_space_is_refused(asked, words):
    with pytest.raises(TuningError, match=words) as caught:
        space.checked(asked)
    assert caught.value.remedy
    assert caught.value.field.startswith("space")


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("model.units", {"type": "int", **LINEAR}, "names no place"),
        ("fit.seed", {"type": "int", **LINEAR}, "no setting of `fit`"),
        ("fit.epochs", {"type": "int", "low": 0, "high": 5}, "cannot be 0"),
        ("compile.optimizer", {"type": "categorical", "choices": ["adam", "best"]}, "'best'"),
        ("compile.optimizer.speed", {"type": "float", **LINEAR}, "no setting of an optimizer"),
        ("layers.2.units", {"type": "int", **LINEAR}, "does not have"),
        ("layers.0.width", {"type": "int", **LINEAR}, "no plain setting"),
        ("layers.0.units", {"type": "float", **LINEAR}, "cannot be 1.0, where the model has 8"),
        ("layers.wide.activation", {"type": "int", **LINEAR}, "cannot be 1"),
        ("layers.-1.units", {"type": "int", **LINEAR}, "does not have"),
    ],
)
def test_a_parameter_that_has_no_place_is_refused(name, asked, words):
    with pytest.raises(TuningError, match=words) as caught:
        paths.check(REQUEST, space.checked({name: asked}))
    assert caught.value.field == f"space.{name}"
    assert caught.value.remedy


def test_values_get_into_their_places_and_the_request_stays():
    values = {
        "compile.optimizer.learning_rate": 0.1,
        "compile.optimizer": "SGD",
        "fit.batch_size": 64,
        "layers.0.units": 16,
        "layers.drop.rate": 0.25,
    }
    found = paths.applied(REQUEST, values)
    assert found["compile"]["optimizer"] == {
        "class_name": "SGD",
        "config": {"learning_rate": 0.1},
    }
    assert found["fit"] | {} == REQUEST["fit"] | {"batch_size": 64}
    layers = found["model"]["config"]["layers"]
    assert (layers[1]["config"]["units"], layers[2]["config"]["rate"]) == (16, 0.25)
    assert REQUEST["model"]["config"]["layers"][1]["config"]["units"] == 8


def test_the_longest_trial_is_known():
    asked = space.checked({"fit.epochs": {"type": "categorical", "choices": [5, 50, 7]}})
    assert paths.most_epochs(REQUEST, asked) == 50
    assert paths.most_epochs(REQUEST, {}) == 3
