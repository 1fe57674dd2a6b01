"""Refusals and endings of this package."""


class TuningError(ValueError):
    """What was asked for cannot be searched.

    Attributes:
        remedy: what to do about it.
        field: of the request it is about: `space.<parameter>` say.
    """

    def __init__(self, detail: str, remedy: str = "", field: str = "space") -> None:
        super().__init__(detail)
        self.remedy = remedy
        self.field = field


class TrialFailedError(Exception):
    """A trial could not be carried out; the search goes on with the next."""


class TrialPrunedError(Exception):
    """A trial was worse than earlier ones at the same epoch and ended there."""
