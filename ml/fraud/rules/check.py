"""The kinds of a rule's parts against the known fields, before anything is evaluated."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ml.fraud.rules import functions
from ml.fraud.rules.errors import RuleNameError, RuleTypeError
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

Fields = Mapping[str, Kind]
_ORDERED = (Kind.NUMBER, Kind.TIME)
_WORDS = {
    Kind.NUMBER: "a number",
    Kind.STRING: "a string",
    Kind.BOOLEAN: "a condition (true or false)",
    Kind.TIME: "a time",
}


def check(tree: Node, fields: Fields) -> None:
    """Make sure that a tree is a condition on these fields.

    Raises:
        RuleNameError: it names a field or function that does not exist.
        RuleTypeError: a part is not of the kind that its place needs.
    """
    _need(tree, Kind.BOOLEAN, fields)


def kind_of(node: Node, fields: Fields) -> Kind:
    """Return what a part yields, having checked all below it.

    Raises:
        RuleNameError, RuleTypeError: as `check`.
    """
    return _CHECKS[type(node)](node, fields)


def _need(node: Node, kind: Kind, fields: Fields) -> Kind:
    found = kind_of(node, fields)
    if found is not kind:
        raise RuleTypeError(f"This is {_WORDS[found]}.", column=node.at, expected=_WORDS[kind])
    return found


def _value(node: Value, _fields: Fields) -> Kind:
    return node.kind


def _field(node: Field, fields: Fields) -> Kind:
    if node.name not in fields:
        raise RuleNameError(
            f"There is no field “{node.name}”.",
            column=node.at,
            suggestion=nearest(node.name, fields),
        )
    return Kind(fields[node.name])


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like this one; empty when none is."""
    folded = {other.lower(): other for other in known}
    found = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def _negative(node: Negative, fields: Fields) -> Kind:
    return _need(node.part, Kind.NUMBER, fields)


def _sum(node: Sum, fields: Fields) -> Kind:
    left = kind_of(node.left, fields)
    if left is Kind.TIME and node.operator in {"+", "-"}:
        right = kind_of(node.right, fields)
        if right is Kind.TIME and node.operator == "-":
            return Kind.NUMBER
        _need(node.right, Kind.NUMBER, fields)
        return Kind.TIME
    _need(node.left, Kind.NUMBER, fields)
    return _need(node.right, Kind.NUMBER, fields)


def _call(node: Call, fields: Fields) -> Kind:
    if node.function == functions.DEFAULT:
        return _default(node, fields)
    function = functions.FUNCTIONS.get(node.function)
    if function is None:
        raise RuleNameError(
            f"There is no function “{node.function}”.",
            column=node.at,
            expected="one of " + ", ".join(functions.NAMES),
            suggestion=nearest(node.function, functions.NAMES),
        )
    if not function.accepts(len(node.arguments)):
        raise RuleTypeError(
            f"{node.function} is given {len(node.arguments)} values.",
            column=node.at,
            expected=_taken(function),
        )
    for place, argument in enumerate(node.arguments):
        _need(argument, function.kind_of(place), fields)
    return function.gives


def _taken(function: functions.Function) -> str:
    if function.most:
        return f"{len(function.takes)} to {function.most} values"
    return "1 value" if len(function.takes) == 1 else f"{len(function.takes)} values"


def _default(node: Call, fields: Fields) -> Kind:
    if len(node.arguments) != 2:
        raise RuleTypeError(
            f"default is given {len(node.arguments)} values.",
            column=node.at,
            expected="a field and the value to use where it is not known",
        )
    kind = kind_of(node.arguments[0], fields)
    return _need(node.arguments[1], kind, fields)


def _compare(node: Compare, fields: Fields) -> Kind:
    left = kind_of(node.left, fields)
    if node.operator not in {"==", "!="} and left not in _ORDERED:
        raise RuleTypeError(
            f"{_WORDS[left].capitalize()} has no order.",
            column=node.left.at,
            expected="a number or a time, or == and !=",
        )
    _need(node.right, left, fields)
    return Kind.BOOLEAN


def _between(node: Between, fields: Fields) -> Kind:
    kind = kind_of(node.part, fields)
    if kind not in _ORDERED:
        raise RuleTypeError(
            f"{_WORDS[kind].capitalize()} has no order.",
            column=node.part.at,
            expected="a number or a time",
        )
    _need(node.low, kind, fields)
    _need(node.high, kind, fields)
    return Kind.BOOLEAN


def _among(node: Among, fields: Fields) -> Kind:
    kind = kind_of(node.part, fields)
    for value in node.values:
        _need(value, kind, fields)
    return Kind.BOOLEAN


def _unknown(node: Unknown, fields: Fields) -> Kind:
    kind_of(node.part, fields)
    return Kind.BOOLEAN


def _not(node: Not, fields: Fields) -> Kind:
    return _need(node.part, Kind.BOOLEAN, fields)


def _group(node: Every | Either, fields: Fields) -> Kind:
    for part in node.parts:
        _need(part, Kind.BOOLEAN, fields)
    return Kind.BOOLEAN


_CHECKS: dict[type, Callable[[Any, Fields], Kind]] = {
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
    Every: _group,
    Either: _group,
}
