"""Refusals of the training part."""

from typing import ClassVar

from platform_core.errors import ConflictError, InvalidInputError, NotFoundError


class TrainingNotFoundError(NotFoundError):
    """No such training in the organisation."""

    title = "Training not found"


class PredictionNotFoundError(NotFoundError):
    """No such predictions in the organisation."""

    title = "Predictions not found"


class TrainingInputError(InvalidInputError):
    """The model, the columns or the settings do not fit together."""

    title = "Training cannot start"


class TrainingBusyError(ConflictError):
    """A training of this name is under way: `training` in extra; `same` says whether it is equal."""

    title = "Being trained"
    permanent: ClassVar[bool] = False


class TrainingUnfinishedError(ConflictError):
    """What was asked for needs a version, which is not there yet."""

    title = "Not trained yet"
    permanent: ClassVar[bool] = False
