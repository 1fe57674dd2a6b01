"""Refusals of the recommendation application."""

from typing import ClassVar

from platform_core.errors import NotFoundError, PlatformError


class RecommendationError(PlatformError):
    """Base of every refusal of this application."""


class TrainingDataError(RecommendationError):
    """The data set cannot be learned from: empty, one user, broken ratings."""

    title = "The data cannot be learned from"


class ColumnUnknownError(RecommendationError):
    """A column named in the request is not in the data set; `field` in extra names it."""

    title = "Unknown column"


class RecommenderNotReadyError(RecommendationError):
    """The recommender has no trained version yet."""

    status: ClassVar[int] = 409
    title = "The recommender is not ready"
    permanent = False


class RecommenderExistsError(RecommendationError):
    """The name is taken."""

    status: ClassVar[int] = 409
    title = "The name is taken"


class RecommenderNotFoundError(NotFoundError, RecommendationError):
    """No recommender of this name in the organisation."""


class EvaluationNotFoundError(NotFoundError, RecommendationError):
    """The recommender has no evaluation of this id."""


class ExperimentNotFoundError(NotFoundError, RecommendationError):
    """The recommender has no experiment of this id."""


class ExperimentStateError(RecommendationError):
    """The experiment is not in the state the request needs, or another one runs."""

    status: ClassVar[int] = 409
    title = "Conflict with the present state"


class ImpressionNotFoundError(NotFoundError, RecommendationError):
    """Nothing was shown under this recommendation id."""


class RecommenderBusyError(RecommendationError):
    """A training of this recommender is under way."""

    status: ClassVar[int] = 409
    title = "The recommender is being trained"


class TrainingFailedError(RecommendationError):
    """The only training failed, so nothing can answer; the detail repeats the job's words."""

    status: ClassVar[int] = 409
    title = "The training failed"


class ItemUnknownError(NotFoundError, RecommendationError):
    """The item was not in the data the recommender learned from."""

    title = "Unknown item"


class DemoFolderError(RecommendationError):
    """The folder given to the demo holds nothing to recommend from."""

    title = "The folder holds no interactions"


class DemoFailedError(RecommendationError):
    """A step of the demo ended badly."""

    title = "The demo could not be prepared"


class RuleNotFoundError(NotFoundError, RecommendationError):
    """No such rule of the recommender."""


class RuleExistsError(RecommendationError):
    """The recommender has a rule of that name."""

    status: ClassVar[int] = 409
    title = "The name is taken"


class TooManyError(RecommendationError):
    """A recommender keeps only so many rules and live items."""

    status: ClassVar[int] = 409
    title = "There are too many"


class NotToldError(NotFoundError, RecommendationError):
    """Nothing was told of the item or user since training."""
