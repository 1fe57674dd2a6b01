"""Refusals of the import."""


class ImportRefusedError(ValueError):
    """The file is not a model that can be served; the message says why and what to do."""
