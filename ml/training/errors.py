"""Refusals of this package; each says where, and what to do."""


class TrainingError(ValueError):
    """What was asked for cannot be trained.

    Attributes:
        remedy: what to do about it.
        field: of the request it is about: model, compile, fit, inputs, target, dataset or validation.
    """

    def __init__(self, detail: str, remedy: str = "", field: str = "model") -> None:
        super().__init__(detail)
        self.remedy = remedy
        self.field = field
