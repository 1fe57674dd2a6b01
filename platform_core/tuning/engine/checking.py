"""A space against the training it varies, checked without loading Keras or Optuna."""

from collections.abc import Mapping
from typing import Any

from ml.tuning import paths
from ml.tuning import space as spaces
from ml.tuning.errors import TuningError
from platform_core.tuning.errors import StudyInputError


def checked(training: Mapping[str, Any], asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the space in plain JSON, and the most epochs a trial may take.

    Raises:
        StudyInputError: a parameter that is none, has no place in the training or values it cannot have.
    """
    try:
        space = spaces.checked(asked)
        paths.check(training, space)
    except TuningError as error:
        raise refused(error) from error
    return {name: each.as_json() for name, each in space.items()}, paths.most_epochs(
        training, space
    )


def refused(error: TuningError) -> StudyInputError:
    """Return a refusal of the library as one of the platform's."""
    return StudyInputError(str(error), remedy=error.remedy, field=error.field)
