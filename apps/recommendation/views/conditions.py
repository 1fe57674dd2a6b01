"""Conditions on attributes as rows of a form and of an address, and the filter they make.

A row is three parameters in a row: attribute (`fa`), operator (`fo`) and value (`fv`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

MAX_ROWS = 3
OPERATORS = {
    "is": _("is"),
    "not": _("is not"),
    "least": _("is at least"),
    "most": _("is at most"),
    "any": _("is known"),
}
_WRITTEN = {"is": "eq", "not": "ne", "least": "gte", "most": "lte"}
_TRUE = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Condition:
    """One row."""

    attribute: str
    operator: str
    value: str


def read(values: QueryDict) -> tuple[Condition, ...]:
    """Return the rows that name an attribute; an operator nobody knows means `is`."""
    rows = zip(values.getlist("fa"), values.getlist("fo"), values.getlist("fv"), strict=False)
    return tuple(
        Condition(attribute, operator if operator in OPERATORS else "is", value.strip())
        for attribute, operator, value in list(rows)[:MAX_ROWS]
        if attribute
    )


def pairs(rows: Sequence[Condition]) -> list[tuple[str, str]]:
    """Return the rows as parameters of an address."""
    return [
        pair
        for row in rows
        for pair in (("fa", row.attribute), ("fo", row.operator), ("fv", row.value))
    ]


def as_filter(rows: Sequence[Condition], kinds: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the filter that all rows make together; None without rows.

    Args:
        rows: what was chosen.
        kinds: attribute -> text, number, boolean or time; a value is written in its kind.
    """
    tests = [_test(row, kinds.get(row.attribute, "text")) for row in rows]
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else {"all": tests}


def blank(rows: Sequence[Condition]) -> list[Condition]:
    """Return the rows with empty ones behind them, as many as a form shows."""
    return [*rows, *[Condition("", "is", "")] * (MAX_ROWS - len(rows))]


def _test(row: Condition, kind: str) -> dict[str, Any]:
    if row.operator == "any":
        return {row.attribute: {"exists": True}}
    value = _value(row.value, kind)
    if row.operator == "is" and kind == "text":
        wanted = [part.strip() for part in row.value.split(",") if part.strip()]
        return {row.attribute: {"in": wanted or [""]}}
    return {row.attribute: {_WRITTEN[row.operator]: value}}


def _value(text: str, kind: str) -> Any:
    """Return the value in its kind; what does not fit stays text, and is refused in words later."""
    if kind == "boolean":
        return _TRUE.get(text.lower(), text)
    if kind != "number":
        return text
    try:
        return float(text)
    except ValueError:
        return text
