"""Refusals of the monitoring part."""

from platform_core.errors import ConflictError, InvalidInputError, NotFoundError


class AlertRuleNotFoundError(NotFoundError):
    """No such alert rule in the organisation."""

    title = "No such alert"


class AlertInvalidError(InvalidInputError):
    """A rule's figure, threshold or address cannot be used."""

    title = "The alert cannot be set so"


class LabelsInvalidError(InvalidInputError):
    """Labels that are no labels, or too many."""

    title = "The labels cannot be taken"


class NothingLoggedError(ConflictError):
    """The endpoint's request log holds nothing of that time."""

    title = "Nothing was logged"
