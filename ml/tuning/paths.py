"""Where in a request to train a parameter stands, and the request with its value there.

`fit.<setting>` · `compile.optimizer`, `compile.loss` (names) and `compile.optimizer.<setting>` ·
`layers.<number or name>.<setting>`, numbered from 0 as `model.layers` is. Light: a web process asks it.
"""

import copy
from collections.abc import Mapping
from typing import Any, NoReturn

from ml.training import compiling, settings
from ml.training.errors import TrainingError
from ml.tuning.errors import TuningError
from ml.tuning.space import Parameter, Space, Value

FORMS = "Name fit.<setting>, compile.optimizer, compile.optimizer.<setting> or layers.<number>.<setting>."
FIT = frozenset({"batch_size", "epochs", "patience", "shuffle"})
OPTIMIZER = frozenset(
    [
        "amsgrad",
        "beta_1",
        "beta_2",
        "beta_2_decay",
        "centered",
        "clipnorm",
        "clipvalue",
        "ema_momentum",
        "ema_overwrite_frequency",
        "epsilon",
        "epsilon_1",
        "epsilon_2",
        "global_clipnorm",
        "gradient_accumulation_steps",
        "initial_accumulator_value",
        "l1_regularization_strength",
        "l2_regularization_strength",
        "learning_rate",
        "learning_rate_power",
        "momentum",
        "nesterov",
        "relative_step",
        "rho",
        "use_ema",
        "weight_decay",
    ]
)
"""Settings that one or another optimizer of Keras 3 takes."""
Request = Mapping[str, Any]


def applied(request: Request, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return model, compile and fit of a request with these values in their places.

    Raises:
        TuningError: a place that is not there.
    """
    found = copy.deepcopy({name: dict(request[name]) for name in ("model", "compile", "fit")})
    for name in sorted(values):  # a class before its settings
        where, key = _place(found, name)
        if name in {"compile.optimizer", "compile.loss"}:
            where[key] = {"class_name": values[name], "config": {}}
        else:
            where[key] = values[name]
    return found


def check(request: Request, space: Space) -> None:
    """Refuse a space that does not fit the request.

    Args:
        request: {model, compile, fit}, checked.
        space: of the search.

    Raises:
        TuningError: says which parameter and what to do.
    """
    for parameter in space.values():
        if parameter.name.startswith("layers."):
            _check_layer(request, parameter)
            continue
        for value in parameter.extremes:
            found = applied(request, {parameter.name: value})
            try:
                compiling.checked(found["compile"])
                settings.checked(found["fit"])
            except TrainingError as error:
                words = f"The parameter “{parameter.name}” cannot be {value!r}: {error}"
                raise TuningError(words, error.remedy, f"space.{parameter.name}") from error


def most_epochs(request: Request, space: Space) -> int:
    """Return how many epochs a trial may take."""
    varied = space.get("fit.epochs")
    if varied is None:
        return int(request["fit"]["epochs"])
    return max(int(each) for each in varied.extremes if isinstance(each, (int, float)))


def _place(request: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """Return the object a parameter stands in, and its key there."""
    parts = name.split(".")
    if parts[0] == "fit" and len(parts) == 2:
        if parts[1] not in FIT:
            _refuse(name, "is no setting of `fit` to vary", f"Vary {', '.join(sorted(FIT))}.")
        return request["fit"], parts[1]
    if parts[0] == "compile" and len(parts) in {2, 3} and parts[1] in {"optimizer", "loss"}:
        return _compiled(request["compile"], parts, name)
    if parts[0] != "layers" or len(parts) != 3:
        _refuse(name, "names no place in the training", FORMS)
    config = _layer(request["model"], parts[1], name)["config"]
    plain = sorted(
        key
        for key, value in config.items()
        if not isinstance(value, (Mapping, list)) and key not in {"name", "trainable"}
    )
    if parts[2] not in plain:
        _refuse(name, "is no plain setting of its layer", f"It has {', '.join(plain)[:400]}.")
    return config, parts[2]


def _compiled(asked: dict[str, Any], parts: list[str], name: str) -> tuple[dict[str, Any], str]:
    if len(parts) == 2:
        return asked, parts[1]
    config = asked[parts[1]]["config"]
    if parts[1] == "optimizer" and parts[2] not in OPTIMIZER | config.keys():
        _refuse(name, "is no setting of an optimizer", f"Settings: {', '.join(sorted(OPTIMIZER))}.")
    return config, parts[2]


def _layer(model: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    """Return a layer by its name, or by its number as Keras counts: a Sequential without its input."""
    layers: list[dict[str, Any]] = list(model["config"].get("layers", []))
    for each in layers:
        if each["config"].get("name") == key:
            return each
    if model["class_name"] == "Sequential":
        layers = [each for each in layers if each["class_name"] != "InputLayer"]
    if not (key.isascii() and key.isdigit()) or int(key[:9]) >= len(layers):
        known = ", ".join(f"{n} {each['class_name']}" for n, each in enumerate(layers[:30]))
        _refuse(name, "names a layer the model does not have", f"Its layers: {known}.")
    return layers[int(key)]


def _check_layer(request: Request, parameter: Parameter) -> None:
    """Refuse values of another type than the layer has."""
    copied = copy.deepcopy(dict(request["model"]))
    where, key = _place({"model": copied}, parameter.name)
    now = where[key]
    if now is None:
        return
    kinds: tuple[type, ...] = (int, float) if isinstance(now, float) else (type(now),)
    for value in parameter.extremes:
        if isinstance(value, bool) is not isinstance(now, bool) or not isinstance(value, kinds):
            _refuse(
                parameter.name,
                f"cannot be {value!r}, where the model has {now!r}",
                "Vary it among values of that type.",
            )


def _refuse(name: str, words: str, remedy: str) -> NoReturn:
    raise TuningError(f"The parameter “{name}” {words}.", remedy, f"space.{name}")
