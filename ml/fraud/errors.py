"""What the data, the settings or a stored detector can be wrong in; every message says what to do."""


class FraudDataError(ValueError):
    """Base: the data cannot be learned from."""


class ShapeError(FraudDataError):
    """Features, labels, times or names do not belong together."""


class NothingToLearnError(FraudDataError):
    """Too few rows, or too few frauds or honest ones among the labelled."""


class SettingsError(FraudDataError):
    """A setting that does not exist, or settings that exclude each other."""


class ModelStateError(ValueError):
    """The stored arrays are not those of this model."""


class NotFittedError(ModelStateError):
    """The model was asked before `fit` or `from_arrays`."""
