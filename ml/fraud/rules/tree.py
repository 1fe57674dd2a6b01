"""The tree of a rule: immutable, comparable, and free of anything but fields, values and operators.

`at` is the column in the text where a part begins; it takes no part in comparisons.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What a part of a rule yields."""

    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    TIME = "time"  # seconds since 1970 UTC


@dataclass(frozen=True)
class Value:
    """A number, string, boolean or moment written in the rule; the kind is kept because 1 == True."""

    value: float | str | bool
    kind: Kind
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Field:
    """A field of the event, by name."""

    name: str
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Negative:
    """A number with its sign turned."""

    part: "Node"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Sum:
    """Two numbers joined by + - * / or %."""

    OPERATORS: ClassVar = ("+", "-", "*", "/", "%")
    operator: str
    left: "Node"
    right: "Node"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Call:
    """One of the listed functions."""

    function: str
    arguments: tuple["Node", ...]
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Compare:
    """Two values beside each other."""

    OPERATORS: ClassVar = ("==", "!=", "<", "<=", ">", ">=")
    operator: str
    left: "Node"
    right: "Node"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Between:
    """Low <= part <= high."""

    part: "Node"
    low: "Node"
    high: "Node"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Among:
    """The part is one of the values."""

    part: "Node"
    values: tuple[Value, ...]
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Unknown:
    """The part is not known: absent, null, not finite, or not of its kind."""

    part: "Node"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Node"
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Every:
    """All parts hold; two or more."""

    parts: tuple["Node", ...]
    at: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Either:
    """At least one part holds; two or more."""

    parts: tuple["Node", ...]
    at: int = field(default=1, compare=False)


Node = (
    Value
    | Field
    | Negative
    | Sum
    | Call
    | Compare
    | Between
    | Among
    | Unknown
    | Not
    | Every
    | Either
)


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts directly below a node."""
    if isinstance(node, Negative | Unknown | Not):
        return (node.part,)
    if isinstance(node, Sum | Compare):
        return (node.left, node.right)
    if isinstance(node, Between):
        return (node.part, node.low, node.high)
    if isinstance(node, Among):
        return (node.part, *node.values)
    if isinstance(node, Call):
        return node.arguments
    return node.parts if isinstance(node, Every | Either) else ()


def depth(node: Node) -> int:
    """Return how many parts lie inside each other."""
    return 1 + max((depth(part) for part in children(node)), default=0)


def fields_of(node: Node) -> frozenset[str]:
    """Return the names of all fields that a rule reads."""
    if isinstance(node, Field):
        return frozenset((node.name,))
    return frozenset().union(*(fields_of(part) for part in children(node)))
