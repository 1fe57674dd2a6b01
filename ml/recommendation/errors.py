"""What the data or a request can be wrong in; every message says what to do."""


class RecommendationDataError(ValueError):
    """Base: the data cannot be learned from."""


class EmptyInteractionsError(RecommendationDataError):
    """There are no interactions."""


class TooFewUsersError(RecommendationDataError):
    """Fewer than two users: there is nobody to learn from."""


class TooFewItemsError(RecommendationDataError):
    """Fewer than two items: there is nothing to choose between."""


class RatingNotFiniteError(RecommendationDataError):
    """Ratings are missing or infinite."""


class EqualRatingsError(RecommendationDataError):
    """A model of ratings was given ratings that are all the same."""


class CatalogueTooLargeError(RecommendationDataError):
    """The model's item-by-item matrix would not fit its memory bound."""


class SettingsError(RecommendationDataError):
    """Settings of a model that exclude each other."""


class FeatureShapeError(RecommendationDataError):
    """The feature table does not fit the users or items, or holds values that are not finite."""


class ModelStateError(ValueError):
    """The stored arrays are not those of this model."""


class NotFittedError(ModelStateError):
    """The model was asked before `fit` or `from_arrays`."""


class AskingError(ValueError):
    """Base: what is asked of a recommender cannot be carried out."""


class FilterError(AskingError):
    """A filter is malformed, or names an attribute that does not exist."""


class RuleError(AskingError):
    """A business rule is malformed."""
