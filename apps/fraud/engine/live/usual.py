"""Which feature tells what is usual for the customer, for each feature of a set."""

from ml.fraud.features.feature import Entity, Feature
from ml.fraud.features.spec import FeatureSet

_SCALED = frozenset({"count", "sum", "distinct"})
Own = tuple[int, float] | None
"""Place of the feature that holds what is usual for the customer, and by what to multiply it."""


def own_normals(features: FeatureSet, customer: str) -> tuple[Own, ...]:
    """Return, for each feature, where the customer's own usual value stands.

    Args:
        features: the set.
        customer: column of the entity whose habits count for what the event alone tells.
    """
    return tuple(_usual(features.features, each, (customer,)) for each in features.features)


def _usual(features: tuple[Feature, ...], of: Feature, customer: Entity) -> Own:
    """Return the mean of the same number over the longest window, or the longest count, scaled."""
    if of.kind == "value" and of.column:
        return _longest(features, "mean", of.column, customer, None)
    if of.kind in {"max", "mean"}:
        return _longest(features, "mean", of.column, of.entity, of.window_s)
    if of.kind in _SCALED:
        return _longest(features, of.kind, of.column, of.entity, of.window_s)
    return None


def _longest(
    features: tuple[Feature, ...],
    kind: str,
    column: str | None,
    entity: Entity,
    window_s: int | None,
) -> Own:
    """Return the feature of the longest window of a kind, and what scales it to another window."""
    found = [
        (each.window_s or 0, at)
        for at, each in enumerate(features)
        if (each.kind, each.column, each.entity) == (kind, column, entity)
    ]
    if not found:
        return None
    longest_s, at = max(found)
    if window_s is None:
        return at, 1.0
    if window_s >= longest_s:
        return None  # it is the longest itself: nothing to hold it against
    return at, window_s / longest_s if kind in _SCALED else 1.0
