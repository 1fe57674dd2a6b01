"""What the kinds over the event alone are."""

from collections.abc import Mapping
from typing import Any

from ml.fraud.features.feature import DAY, Feature
from ml.fraud.features.plan import SECOND_US
from ml.fraud.features.values import number_of, text_of

NIGHT_ENDS_H = 7
THURSDAY, WEEK, SATURDAY = 3, 7, 5
"""1970-01-01 was a Thursday; Monday is 0."""


def single(feature: Feature, event: Mapping[str, Any], micros: int) -> float:
    """Return one feature of an event; `micros` is its instant, where it has one."""
    if feature.column is None:
        return calendar(feature.kind, micros)
    if feature.kind == "value":
        return number_of(event.get(feature.column))
    text = text_of(event.get(feature.column))
    if feature.kind == "is":
        return float(text == feature.categories[0])
    return float(feature.categories.index(text)) if text in feature.categories else -1.0


def calendar(kind: str, micros: int) -> float:
    """Return the hour of the day, or whether it is night or weekend, in UTC."""
    days, rest = divmod(micros, DAY * SECOND_US)
    if kind == "weekend":
        return float((days + THURSDAY) % WEEK >= SATURDAY)
    hour = rest / (3600 * SECOND_US)
    return hour if kind == "hour" else float(hour < NIGHT_ENDS_H)
