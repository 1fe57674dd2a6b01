"""A tree as text that reads back as the same tree, with brackets only where they are needed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ml.fraud.rules.errors import RuleError
from ml.fraud.rules.lexer import Sort, tokens
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

_OR, _AND, _NOT, _COMPARE, _ADD, _TIMES, _SIGN, _WHOLE = range(1, 9)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"})
_EXACT = 1e15  # whole numbers up to here are written without exponent


def written(node: Node) -> str:
    """Return the text of a tree."""
    return _WRITERS[type(node)](node)


def _inside(node: Node, least: int) -> str:
    text = written(node)
    return text if _strength(node) >= least else f"({text})"


def _strength(node: Node) -> int:
    if isinstance(node, Sum):
        return _ADD if node.operator in {"+", "-"} else _TIMES
    return _STRENGTHS.get(type(node), _WHOLE)


def _value(node: Value) -> str:
    if node.kind is Kind.STRING:
        return '"' + str(node.value).translate(_ESCAPES) + '"'
    if node.kind is Kind.BOOLEAN:
        return "true" if node.value else "false"
    if node.kind is Kind.TIME:
        moment = datetime.fromtimestamp(float(node.value), UTC)
        return f'date("{moment:%Y-%m-%dT%H:%M:%S}")'
    number = float(node.value)
    return str(int(number)) if number.is_integer() and abs(number) < _EXACT else repr(number)


def _field(node: Field) -> str:
    try:
        found = tokens(node.name)
    except RuleError:
        return f"`{node.name}`"
    plain = len(found) == 2 and found[0].sort is Sort.NAME and found[0].text == node.name
    return node.name if plain else f"`{node.name}`"


def _negative(node: Negative) -> str:
    return "-" + _inside(node.part, _SIGN)


def _sum(node: Sum) -> str:
    own = _strength(node)
    return f"{_inside(node.left, own)} {node.operator} {_inside(node.right, own + 1)}"


def _call(node: Call) -> str:
    return f"{node.function}({', '.join(written(argument) for argument in node.arguments)})"


def _compare(node: Compare) -> str:
    return f"{_inside(node.left, _ADD)} {node.operator} {_inside(node.right, _ADD)}"


def _between(node: Between, word: str = "between") -> str:
    low, high = _inside(node.low, _ADD), _inside(node.high, _ADD)
    return f"{_inside(node.part, _ADD)} {word} {low} and {high}"


def _among(node: Among, word: str = "in") -> str:
    values = ", ".join(written(value) for value in node.values)
    return f"{_inside(node.part, _ADD)} {word} [{values}]"


def _unknown(node: Unknown, word: str = "is null") -> str:
    return f"{_inside(node.part, _ADD)} {word}"


def _not(node: Not) -> str:
    if isinstance(node.part, Among):
        return _among(node.part, "not in")
    if isinstance(node.part, Between):
        return _between(node.part, "not between")
    if isinstance(node.part, Unknown):
        return _unknown(node.part, "is not null")
    return "not " + _inside(node.part, _COMPARE)


def _every(node: Every) -> str:
    return " and ".join(_inside(part, _NOT) for part in node.parts)


def _either(node: Either) -> str:
    return " or ".join(_inside(part, _AND) for part in node.parts)


_STRENGTHS: dict[type, int] = {
    Either: _OR,
    Every: _AND,
    Not: _NOT,
    Compare: _COMPARE,
    Between: _COMPARE,
    Among: _COMPARE,
    Unknown: _COMPARE,
    Negative: _SIGN,
}
_WRITERS: dict[type, Callable[[Any], str]] = {
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
