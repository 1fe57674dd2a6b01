"""The filter language: a JSON object of conditions on attributes, evaluated to a mask of items.

    {"genres": ["Comedy", "Drama"], "year": {"gte": 1990}}       any of the values; all conditions hold
    {"any": [{"year": {"lt": 1970}}, {"not": {"genres": "Horror"}}]}

A scalar means equal, a list any of, an object operators. `any`, `all` and `not` join filters, so
attributes of these names cannot be asked for. A missing value meets no condition but `ne`, `not_in` and
`exists: false`.

Shapes: N items.
"""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ml.recommendation.attributes import Attributes, Mask, Numbers, Texts, seconds
from ml.recommendation.errors import FilterError

MAX_DEPTH = 6
MAX_TESTS = 64
MAX_VALUES = 1_000
_ORDER: dict[str, Callable[[Any, float], Any]] = {
    "gt": np.greater,
    "gte": np.greater_equal,
    "lt": np.less,
    "lte": np.less_equal,
}
_ONE = ("eq", "ne")
_MANY = ("in", "not_in", "all_of")
OPERATORS = (*_ONE, *_MANY, *_ORDER, "exists")


class Filter(Protocol):
    """A condition on items."""

    def mask(self, attributes: Attributes) -> Mask:
        """Return which items meet it, bool (N,).

        Raises:
            FilterError: an attribute does not exist, or does not hold such values.
        """


@dataclass(frozen=True)
class Every:
    """All of the parts hold."""

    parts: Sequence[Filter]

    def mask(self, attributes: Attributes) -> Mask:
        """Return which items meet all parts."""
        found_N = np.ones(attributes.n, dtype=bool)
        for part in self.parts:
            found_N &= part.mask(attributes)
        return found_N


@dataclass(frozen=True)
class Either:
    """At least one of the parts holds."""

    parts: Sequence[Filter]

    def mask(self, attributes: Attributes) -> Mask:
        """Return which items meet any part."""
        found_N = np.zeros(attributes.n, dtype=bool)
        for part in self.parts:
            found_N |= part.mask(attributes)
        return found_N


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Filter

    def mask(self, attributes: Attributes) -> Mask:
        """Return which items do not meet the part."""
        return ~self.part.mask(attributes)


@dataclass(frozen=True)
class Test:
    """One operator on one attribute; `values` holds its one or many values."""

    __test__ = False  # no test of pytest's
    attribute: str
    operator: str
    values: Sequence[Any]

    def mask(self, attributes: Attributes) -> Mask:
        """Return which items meet the condition."""
        column = attributes.columns.get(self.attribute)
        if column is None:
            raise FilterError(_unknown(self.attribute, attributes))
        if self.operator == "exists":
            return np.asarray(column.present() == self.values[0], dtype=bool)
        if isinstance(column, Numbers):
            return self._numbers(column)
        return self._texts(column)

    def _numbers(self, column: Numbers) -> Mask:
        wanted = [_number(self.attribute, column.kind, value) for value in self.values]
        if self.operator in _ORDER:
            return np.asarray(_ORDER[self.operator](column.values, wanted[0]), dtype=bool)
        if self.operator == "all_of":
            return np.isin(column.values, wanted) & (len(set(wanted)) <= 1)
        found_N = np.isin(column.values, wanted)
        return ~found_N if self.operator in ("ne", "not_in") else found_N

    def _texts(self, column: Texts) -> Mask:
        if self.operator in _ORDER:
            raise FilterError(
                f"“{self.attribute}” holds texts, which cannot be compared by {self.operator!r}."
            )
        wanted = [_text(value) for value in self.values]
        if self.operator == "all_of":
            each = [_holds(column, [value]) for value in wanted]
            return np.logical_and.reduce(each) if each else np.ones(len(column), dtype=bool)
        found_N = _holds(column, wanted)
        return ~found_N if self.operator in ("ne", "not_in") else found_N


def parse(raw: object) -> Filter:
    """Read a filter; whether its attributes exist shows when it is evaluated.

    Raises:
        FilterError: not an object, an unknown operator, too deep, too many conditions or values.
    """
    return _Reader().filter(raw, 1)


class _Reader:
    """Counts the conditions while it reads."""

    def __init__(self) -> None:
        self.tests = 0

    def filter(self, raw: object, depth: int) -> Filter:
        if depth > MAX_DEPTH:
            raise FilterError(f"The filter is nested deeper than {MAX_DEPTH} levels.")
        if not isinstance(raw, Mapping):
            raise FilterError(
                'A filter is an object such as {"year": {"gte": 1990}}; '
                f"{type(raw).__name__} was sent."
            )
        return Every([part for key, value in raw.items() for part in self._key(key, value, depth)])

    def _key(self, key: object, value: object, depth: int) -> list[Filter]:
        if key == "not":
            return [Not(self.filter(value, depth + 1))]
        if key in ("any", "all"):
            if not isinstance(value, list) or not 1 <= len(value) <= MAX_TESTS:
                raise FilterError(f"“{key}” takes a list of 1 to {MAX_TESTS} filters.")
            parts = [self.filter(part, depth + 1) for part in value]
            return [Either(parts) if key == "any" else Every(parts)]
        return self._tests(str(key), value)

    def _tests(self, attribute: str, value: object) -> list[Filter]:
        if isinstance(value, list):
            value = {"in": value}
        if not isinstance(value, Mapping):
            value = {"eq": value}
        self.tests += len(value)
        if self.tests > MAX_TESTS:
            raise FilterError(f"The filter has more than {MAX_TESTS} conditions.")
        return [
            Test(attribute, str(op), _values(attribute, op, each)) for op, each in value.items()
        ]


def _values(attribute: str, operator: object, value: object) -> Sequence[Any]:
    if operator not in OPERATORS:
        raise FilterError(
            f"“{attribute[:80]}”: {str(operator)[:40]!r} is not an operator; there are "
            f"{', '.join(OPERATORS)}."
        )
    if operator == "exists" and not isinstance(value, bool):
        raise FilterError(f"“{attribute[:80]}”: exists takes true or false.")
    listed = value if operator in _MANY else [value]
    if not isinstance(listed, list) or len(listed) > MAX_VALUES:
        raise FilterError(
            f"“{attribute[:80]}”: {operator} takes a list of at most {MAX_VALUES} values."
        )
    for each in listed:
        if not isinstance(each, str | int | float) or not _is_finite(each):
            raise FilterError(
                f"“{attribute[:80]}”: {operator} takes texts, numbers or truth values."
            )
    return listed


def _is_finite(value: str | float) -> bool:
    return isinstance(value, str) or (abs(value) < 10**300 and math.isfinite(value))


def _number(attribute: str, kind: str, value: Any) -> float:
    if not isinstance(value, str):
        return float(value)
    try:
        return seconds(value) if kind == "time" else float(value)
    except ValueError:
        expected = "times such as 2026-01-31T12:00:00Z" if kind == "time" else f"{kind}s"
        raise FilterError(f"“{attribute}” holds {expected}; {value[:40]!r} is none.") from None


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _holds(column: Texts, wanted: Sequence[str]) -> Mask:
    """Return which items have at least one of the values."""
    wanted_V = np.zeros(len(column.vocabulary), dtype=bool)
    wanted_V[[column.places[value] for value in wanted if value in column.places]] = True
    found_N = np.zeros(len(column), dtype=bool)
    found_N[column.rows[wanted_V[column.codes]]] = True
    return found_N


def _unknown(attribute: str, attributes: Attributes) -> str:
    kinds = attributes.kinds()
    if not kinds:
        return f"There is no attribute “{attribute[:80]}”: this recommender has no item table."
    close = difflib.get_close_matches(attribute, list(kinds), n=1, cutoff=0.6)
    listed = ", ".join(f"{name} ({kind})" for name, kind in list(kinds.items())[:40])
    name = attribute[:80]
    if close:
        return f"There is no attribute “{name}”. Did you mean “{close[0]}”? There are: {listed}."
    return f"There is no attribute “{name}”. There are: {listed}."
