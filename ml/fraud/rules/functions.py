"""The functions of the language: what they take and give. Nothing else can be called."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ml.fraud.rules.tree import Kind

DAY_S, HOUR_S = 86_400, 3_600
FAR_S = 1e12  # beyond, a moment has no hour: it is not known
N, S, B, T = Kind.NUMBER, Kind.STRING, Kind.BOOLEAN, Kind.TIME


@dataclass(frozen=True)
class Function:
    """One function: kinds of its arguments (the last repeats up to `most`), of its result, meaning."""

    takes: tuple[Kind, ...]
    gives: Kind
    means: str
    run: Callable[..., Any]
    most: int = 0

    def accepts(self, count: int) -> bool:
        """Tell whether so many arguments can be given."""
        return len(self.takes) <= count <= max(self.most, len(self.takes))

    def kind_of(self, place: int) -> Kind:
        """Return the kind of the argument at this place, from 0."""
        return self.takes[min(place, len(self.takes) - 1)]


def _hour(seconds: float) -> float | None:
    if abs(seconds) > FAR_S:
        return None
    inside = seconds - math.floor(seconds / DAY_S) * DAY_S
    return float(min(math.floor(inside / HOUR_S), 23))


def _weekday(seconds: float) -> float | None:
    if abs(seconds) > FAR_S:
        return None
    return float((math.floor(seconds / DAY_S) + 3) % 7 + 1)  # 1970-01-01 was a Thursday


FUNCTIONS: dict[str, Function] = {
    "abs": Function((N,), N, "the number without its sign", abs),
    "floor": Function((N,), N, "the whole number below", lambda x: float(math.floor(x))),
    "ceil": Function((N,), N, "the whole number above", lambda x: float(math.ceil(x))),
    "min": Function((N, N), N, "the smallest of the numbers", min, most=10),
    "max": Function((N, N), N, "the largest of the numbers", max, most=10),
    "len": Function((S,), N, "how many characters the text has", lambda x: float(len(x))),
    "lower": Function((S,), S, "the text in small letters", str.lower),
    "upper": Function((S,), S, "the text in capital letters", str.upper),
    "starts_with": Function((S, S), B, "the text begins with the other", str.startswith),
    "ends_with": Function((S, S), B, "the text ends with the other", str.endswith),
    "contains": Function((S, S), B, "the other is part of the text", lambda x, y: y in x),
    "hour": Function((T,), N, "hour of the day in UTC, 0 to 23", _hour),
    "weekday": Function((T,), N, "day of the week in UTC, Monday 1 to Sunday 7", _weekday),
    "seconds": Function((T,), N, "seconds since 1970 in UTC", float),
}
DATE = "date"  # date("2026-11-23T08:00") is a moment, read when the rule is read
DEFAULT = "default"  # default(part, value): the value where the part is not known, of any one kind
NAMES = (*FUNCTIONS, DATE, DEFAULT)
