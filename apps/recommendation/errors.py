"""Refusals of the recommendation application."""

from typing import ClassVar

from platform_core.errors import PlatformError


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
