"""The event that is asked about: checked, and read the way features read it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.fraud.engine.live.knowing import Known
from apps.fraud.errors import EventInvalidError
from apps.fraud.models.decisions import MAX_EVENT_ID
from ml.fraud.features import values
from ml.fraud.features.errors import FeatureInputError

MAX_FIELDS, MAX_TEXT = 300, 2_000
EVENT_ID = "event_id"
"""Name of the id where the history has no column for it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One event.

    Attributes:
        fields: column -> value, as sent.
        amount: at risk; 0 where the detector knows of no amount.
        entities: hashed name of each entity, empty text where the event lacks one.
    """

    event_id: str
    fields: dict[str, Any]
    occurred_at: datetime
    amount: float
    entities: list[str]


def read(known: Known, raw: object) -> Asked:
    """Return a checked event.

    Raises:
        EventInvalidError: something is missing or cannot be read; `field` names it.
    """
    fields = _fields(raw)
    detector = known.detector
    id_column = known.features.event_id or EVENT_ID
    event_id = values.text_of(fields.get(id_column))
    if not event_id or len(event_id) > MAX_EVENT_ID:
        raise _wrong(id_column, f"Give the event an id of 1 to {MAX_EVENT_ID} characters.")
    amount = _amount(fields, detector.columns.get("amount"))
    fields = {**fields, id_column: event_id}
    if detector.columns.get("label") in fields:
        raise _wrong(str(detector.columns["label"]), "Send what turned out to …/labels, not here.")
    texts = [values.text_of(fields.get(column)) for column in detector.entities]
    seal = known.sealer
    names = [
        seal.name(f"{column}\x1f{text}") if text else ""
        for column, text in zip(detector.entities, texts, strict=True)
    ]
    return Asked(event_id, fields, _time(known, fields), amount, names)


def _fields(raw: object) -> dict[str, Any]:
    if not isinstance(raw, Mapping) or not 0 < len(raw) <= MAX_FIELDS:
        raise EventInvalidError(
            "The event is not a JSON object of columns.",
            remedy=f"Send 1 to {MAX_FIELDS} columns and their values.",
            field="event",
        )
    for name, value in raw.items():
        if value is not None and not isinstance(value, str | int | float):
            raise _wrong(str(name), "Give text, a number, true, false or null.")
        if isinstance(value, str) and (len(value) > MAX_TEXT or "\0" in value):
            raise _wrong(str(name), f"Give at most {MAX_TEXT} characters, none of them NUL.")
        if isinstance(value, int) and abs(value) >= 2**63:
            raise _wrong(str(name), "Give the number as text: it is too large.")
    return dict(raw)


def _amount(fields: Mapping[str, Any], column: str | None) -> float:
    if not column:
        return 0.0
    amount = values.number_of(fields.get(column))
    if not math.isfinite(amount):
        raise _wrong(column, "Give the amount as a number.")
    return amount


def _time(known: Known, fields: Mapping[str, Any]) -> datetime:
    column = known.features.time or ""
    try:
        micros = values.micros_of(fields.get(column), known.features.time_unit)
        return _EPOCH + timedelta(microseconds=micros)
    except (FeatureInputError, OverflowError) as error:
        raise EventInvalidError(
            f"The time of the event cannot be read: {error}",
            remedy="Give ISO 8601, such as 2026-03-01T12:30:00Z.",
            field=column,
        ) from error


def _wrong(field: str, remedy: str) -> EventInvalidError:
    return EventInvalidError(
        f"The event's {field[:80]!r} is missing or cannot be used.", remedy=remedy, field=field[:80]
    )
