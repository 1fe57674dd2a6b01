"""What a definition, an event or a stored state can be wrong in; every message says what to do."""


class FeatureError(ValueError):
    """Base of everything this package refuses."""


class FeatureSpecError(FeatureError):
    """The definition of the features is malformed; the message names the place."""


class FeatureInputError(FeatureError):
    """An event or a table cannot be used with this definition."""


class FeatureStateError(FeatureError):
    """A stored state is damaged, or was made for another definition: rebuild it from history."""
