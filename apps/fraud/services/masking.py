"""What a case shows of an event: personal data masked until somebody reveals it and says why."""

from collections.abc import Collection, Mapping
from typing import Any

from apps.fraud.models import Decision
from apps.fraud.services import sealing

_SHOWN = 4
DOTS = "••••"


def body_shown(decision: Decision, *, revealed: bool) -> dict[str, Any]:
    """Return what a decision was made from, its event masked unless revealed.

    Raises:
        DataKeyShreddedError, DecryptionError: see sealing.body_of.
    """
    body, columns = sealing.body_of(decision), decision.detector.columns
    if revealed:
        return body
    plain = {columns.get(role, "") for role in ("time", "amount")} | {"event_id"}
    return {**body, "event": event_shown(body["event"], plain=plain)}


def event_shown(event: Mapping[str, Any], *, plain: Collection[str] = ()) -> dict[str, Any]:
    """Return an event whose texts are masked but for the columns in `plain`.

    Numbers and truth values name nobody; long whole numbers (a card, an account) do, and are masked too.
    """
    return {name: value if name in plain else masked(value) for name, value in event.items()}


def masked(value: Any) -> Any:
    """Return a value of which at most the last four characters can be read."""
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 100_000 else masked(str(value))
    text = str(value)
    return DOTS + text[-_SHOWN:] if len(text) >= 3 * _SHOWN else DOTS
