"""A tree as one function of one event: nested closures, no names looked up but the event's fields.

What is not known is None and stays None (Kleene's three values): `not` of it is not known, `and` with
false is false, `or` with true is true. A rule holds only where it is true.
"""

import math
import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from numbers import Integral, Real
from typing import Any

from ml.fraud.rules import functions
from ml.fraud.rules.check import Fields
from ml.fraud.rules.limits import MAX_VALUE
from ml.fraud.rules.tree import (
    Among,
    Between,
    Call,
    Compare,
    Either,
    Every,
    Field,
    Kind,
    Negative,
    Node,
    Not,
    Sum,
    Unknown,
    Value,
)

Event = Mapping[str, Any]
Run = Callable[[Event], Any]


def compiled(tree: Node, fields: Fields) -> Run:
    """Return the function of one event; it yields True, False or None."""
    return _COMPILERS[type(tree)](tree, fields)


def number(value: Any) -> float | None:
    """Read an event's number; None where it is none, or not finite."""
    if not isinstance(value, float | int | Real):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def string(value: Any) -> str | None:
    """Read an event's string, a whole number as its digits; only its beginning counts."""
    if isinstance(value, str):
        return value[:MAX_VALUE]
    whole = isinstance(value, int | Integral) and not isinstance(value, bool)
    return str(value) if whole and abs(int(value)) < 2**63 else None


def boolean(value: Any) -> bool | None:
    """Read an event's boolean; a number is true unless it is zero."""
    found = number(value)
    return None if found is None else found != 0


def moment(value: Any) -> float | None:
    """Read an event's time: seconds since 1970 UTC, or a date and time (UTC unless it says)."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return number(value)


READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.NUMBER: number,
    Kind.STRING: string,
    Kind.BOOLEAN: boolean,
    Kind.TIME: moment,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _modulo(left: float, right: float) -> float:
    return left - float(math.floor(left / right)) * right


_SUMS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": _modulo,
}


def _value(node: Value, _fields: Fields) -> Run:
    value = node.value
    return lambda _event: value


def _field(node: Field, fields: Fields) -> Run:
    name, read = node.name, READERS[Kind(fields[node.name])]
    return lambda event: read(event.get(name))


def _negative(node: Negative, fields: Fields) -> Run:
    part = compiled(node.part, fields)

    def run(event: Event) -> float | None:
        found = part(event)
        return None if found is None else -found

    return run


def _sum(node: Sum, fields: Fields) -> Run:
    left, right = compiled(node.left, fields), compiled(node.right, fields)
    joined = _SUMS[node.operator]

    def run(event: Event) -> float | None:
        first, second = left(event), right(event)
        if first is None or second is None:
            return None
        try:
            found = joined(first, second)
        except (ZeroDivisionError, OverflowError):
            return None
        return found if math.isfinite(found) else None

    return run


def _call(node: Call, fields: Fields) -> Run:
    parts = [compiled(argument, fields) for argument in node.arguments]
    if node.function == functions.DEFAULT:
        return _default(parts[0], parts[1])
    called = functions.FUNCTIONS[node.function].run

    def run(event: Event) -> Any:
        found = [part(event) for part in parts]
        return None if None in found else called(*found)

    return run


def _default(part: Run, otherwise: Run) -> Run:
    def run(event: Event) -> Any:
        found = part(event)
        return otherwise(event) if found is None else found

    return run


def _compare(node: Compare, fields: Fields) -> Run:
    left, right = compiled(node.left, fields), compiled(node.right, fields)
    compared = _COMPARISONS[node.operator]

    def run(event: Event) -> bool | None:
        first, second = left(event), right(event)
        return None if first is None or second is None else bool(compared(first, second))

    return run


def _between(node: Between, fields: Fields) -> Run:
    above = Compare(">=", node.part, node.low)
    return _every(Every((above, Compare("<=", node.part, node.high))), fields)


def _among(node: Among, fields: Fields) -> Run:
    part, values = compiled(node.part, fields), frozenset(value.value for value in node.values)

    def run(event: Event) -> bool | None:
        found = part(event)
        return None if found is None else bool(found in values)

    return run


def _unknown(node: Unknown, fields: Fields) -> Run:
    part = compiled(node.part, fields)
    return lambda event: part(event) is None


def _not(node: Not, fields: Fields) -> Run:
    part = compiled(node.part, fields)

    def run(event: Event) -> bool | None:
        found = part(event)
        return None if found is None else not found

    return run


def _every(node: Every, fields: Fields) -> Run:
    return _group([compiled(part, fields) for part in node.parts], ends=False)


def _either(node: Either, fields: Fields) -> Run:
    return _group([compiled(part, fields) for part in node.parts], ends=True)


def _group(parts: list[Run], *, ends: bool) -> Run:
    def run(event: Event) -> bool | None:
        result: bool | None = not ends
        for part in parts:
            found: bool | None = part(event)
            if found is ends:
                return ends
            if found is None:
                result = None
        return result

    return run


_COMPILERS: dict[type, Callable[[Any, Fields], Run]] = {
    Value: _value,
    Field: _field,
    Negative: _negative,
    Sum: _sum,
    Call: _call,
    Compare: _compare,
    Between: _between,
    Among: _among,
    Unknown: _unknown,
    Not: _not,
    Every: _every,
    Either: _either,
}
