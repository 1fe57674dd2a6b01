"""What a request says about model, compile and fit, checked without loading Keras."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml.training import compiling, configuration, settings
from ml.training.errors import TrainingError
from platform_core.training.errors import TrainingInputError


@dataclass(frozen=True)
class Checked:
    """The three, with nothing unknown in them, in plain JSON."""

    model: dict[str, Any]
    compile: dict[str, Any]
    fit: dict[str, Any]


def checked(
    model: Mapping[str, Any], compile_: Mapping[str, Any], fit: Mapping[str, Any]
) -> Checked:
    """Return what was asked for.

    Raises:
        TrainingInputError: something unknown, or a value out of range.
    """
    try:
        return Checked(
            configuration.checked(model),
            compiling.checked(compile_).as_json(),
            settings.checked(fit).as_json(),
        )
    except TrainingError as error:
        raise refused(error) from error


def layers_of(model: Mapping[str, Any]) -> list[str]:
    """Return the classes of a configuration's outermost layers."""
    return configuration.layer_names(model)


def refused(error: TrainingError) -> TrainingInputError:
    """Return a refusal of the library as one of the platform's."""
    return TrainingInputError(str(error), remedy=error.remedy, field=error.field)
