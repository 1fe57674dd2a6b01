"""A Keras model, and what it is compiled with, as plain JSON; never as code."""

import json
from collections.abc import Sequence
from typing import Any

from pentaquark.core.errors import PentaquarkError
from pentaquark.keras.library import library


def configuration(model: Any) -> dict[str, Any]:
    """Return a model's configuration.

    Raises:
        PentaquarkError: it holds something that is no configuration.
    """
    try:
        return dict(json.loads(json.dumps(library().saving.serialize_keras_object(model))))
    except (TypeError, ValueError, NotImplementedError) as error:
        raise PentaquarkError(
            f"The model cannot be described without its code: {error}",
            remedy="Build it of the layers of Keras; train code of your own with `pq run`.",
        ) from error


def compiled(optimizer: Any, loss: Any, metrics: Sequence[Any] | None) -> dict[str, Any]:
    """Return what `compile` was told.

    Raises:
        PentaquarkError: several losses, or something of one's own.
    """
    keras = library()
    if isinstance(loss, dict | list | tuple):
        raise PentaquarkError("Models with one output and one loss are trained on the platform.")
    if loss is None:
        raise PentaquarkError("`compile` names no loss.", remedy='For example loss="mse".')
    return {
        "optimizer": _plain(optimizer, keras.optimizers.serialize),
        "loss": _plain(loss, keras.losses.serialize),
        "metrics": [_plain(each, keras.metrics.serialize) for each in metrics or []],
    }


def compiled_of(model: Any) -> dict[str, Any] | None:
    """Return what a Keras model was compiled with by itself; None when it was not."""
    told = model.get_compile_config() if getattr(model, "compiled", False) else None
    if not told:
        return None
    return {name: _stripped(told.get(name)) for name in ("optimizer", "loss", "metrics")}


def _plain(value: Any, serialize: Any) -> Any:
    """Return a name, or class and settings."""
    if isinstance(value, str):
        return value
    if callable(value) and getattr(value, "__name__", "") == "<lambda>":
        raise PentaquarkError(
            "A lambda is code, which does not travel.", remedy="Name a loss or metric of Keras."
        )
    return _stripped(serialize(value))


def _stripped(told: Any) -> Any:
    if isinstance(told, list | tuple):
        return [_stripped(each) for each in told]
    if not isinstance(told, dict) or "class_name" not in told:
        return told
    config = told.get("config")
    if not isinstance(config, dict):  # a function of Keras, by its name
        return config
    kept = {name: _stripped(each) for name, each in config.items() if name != "dtype"}
    return {"class_name": told["class_name"], "config": kept}
