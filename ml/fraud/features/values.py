"""Values of an event as the features see them; `columns` does the same to whole columns.

Both must agree to the bit: a customer "596", 596 and 596.0 is one customer, an instant is a whole
number of microseconds.
"""

import datetime as dt
import math
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from ml.fraud.features.errors import FeatureInputError

UNITS_US: Mapping[str, int] = {"s": 1_000_000, "ms": 1_000, "us": 1}
"""What one unit of a numeric time is in microseconds."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LARGEST = 1e150
"""Numbers beyond are taken for missing: squares of sums must not overflow."""
MICROSECOND = dt.timedelta(microseconds=1)
SOME_CENTURIES_US = 2**57
"""Instants beyond (the years before -2500 or after 6500) are refused: sums of them must not overflow."""


def text_of(value: Any) -> str | None:
    """Return the value as a key of an entity or a category; None where it is missing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def number_of(value: Any) -> float:
    """Return the value as a number; NaN where it is missing, no number, or beyond 1e150."""
    if value is None or (isinstance(value, str) and "_" in value):
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if -LARGEST <= number <= LARGEST else math.nan


def micros_of(value: Any, unit: str) -> int:
    """Return an instant in whole microseconds since 1970 UTC.

    Args:
        value: a datetime (naive ones are UTC), ISO 8601 text, or a number of `unit`s since 1970.
        unit: "s", "ms" or "us".

    Raises:
        FeatureInputError: none of these.
    """
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise FeatureInputError(
                f"The time {value!r} is not ISO 8601, such as 2026-03-01T12:30:00Z."
            ) from error
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return (aware - EPOCH) // MICROSECOND
    return _micros_of_number(value, unit)


def _micros_of_number(value: Any, unit: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FeatureInputError(
            "The event has no time: give a datetime, ISO 8601 text or a number."
        )
    micros = round(value * UNITS_US[unit])
    if abs(micros) > SOME_CENTURIES_US:
        raise FeatureInputError(f"The time {value} {unit} lies centuries away: is the unit right?")
    return micros


def hash_of(text: str | None) -> int:
    """Return 64 bits that stand for the text in a state; 0 is "missing"."""
    if text is None:
        return 0
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") or 1
