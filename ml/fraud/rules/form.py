"""A tree as the JSON that a form edits, and back.

    {"all": [C, …]}  {"any": [C, …]}  {"not": C}
    {"left": P, "op": "<", "right": P}                         == != < <= > >=
    {"left": P, "op": "between", "right": [P, P]}              and "not between"
    {"left": P, "op": "in", "right": [1, 2]}                   and "not in"
    {"left": P, "op": "is null"}                               and "is not null"
    {"holds": P}                                               a field or function that is true or false

P is {"field": name}, {"value": number, string or boolean}, {"date": "2026-11-23T08:00:00"},
{"call": function, "with": [P, …]}, {"minus": P} or {"sum": "+", "left": P, "right": P}.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from ml.fraud.rules import functions, printing
from ml.fraud.rules.errors import RuleFormError
from ml.fraud.rules.limits import MAX_DEPTH, MAX_LIST, MAX_NAME, MAX_PARTS, MAX_STRING
from ml.fraud.rules.parser import seconds_of
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

Json = dict[str, Any]


def shown(node: Node) -> Json:
    """Return the JSON of a condition."""
    if isinstance(node, Every | Either):
        return {"all" if isinstance(node, Every) else "any": [shown(p) for p in node.parts]}
    if isinstance(node, Not):
        turned = _condition(node.part)
        if turned and node.part.__class__ is not Compare:
            word = {"in": "not in", "between": "not between", "is null": "is not null"}
            return {**turned, "op": word[turned["op"]]}
        return {"not": shown(node.part)}
    return _condition(node) or {"holds": _part(node)}


def _condition(node: Node) -> Json:
    if isinstance(node, Compare):
        return {"left": _part(node.left), "op": node.operator, "right": _part(node.right)}
    if isinstance(node, Between):
        bounds = [_part(node.low), _part(node.high)]
        return {"left": _part(node.part), "op": "between", "right": bounds}
    if isinstance(node, Among):
        return {"left": _part(node.part), "op": "in", "right": [_item(v) for v in node.values]}
    if isinstance(node, Unknown):
        return {"left": _part(node.part), "op": "is null"}
    return {}


def _item(node: Value) -> Any:
    return _part(node) if node.kind is Kind.TIME else node.value


def _part(node: Node) -> Json:
    if isinstance(node, Field):
        return {"field": node.name}
    if isinstance(node, Value):
        if node.kind is Kind.TIME:
            return {"date": printing.written(node)[6:-2]}
        return {"value": node.value}
    if isinstance(node, Negative):
        return {"minus": _part(node.part)}
    if isinstance(node, Sum):
        return {"sum": node.operator, "left": _part(node.left), "right": _part(node.right)}
    if isinstance(node, Call):
        return {"call": node.function, "with": [_part(a) for a in node.arguments]}
    return {"condition": shown(node)}


def read(value: Mapping[str, Any]) -> Node:
    """Read a form's JSON as a tree; kinds are not yet checked.

    Raises:
        RuleFormError: it has not the shape of a condition; `path` says where.
    """
    return _Reader().condition(value, "", 0)


class _Reader:
    """Reads parts, counting them: what comes from outside is bounded before it is walked."""

    def __init__(self) -> None:
        self._parts = 0

    def _object(self, value: Any, path: str, depth: int) -> Mapping[str, Any]:
        self._parts += 1
        if depth > MAX_DEPTH or self._parts > MAX_PARTS:
            raise RuleFormError("The rule is too deep or has too many parts.", path=path)
        if not isinstance(value, Mapping):
            raise RuleFormError("An object is expected here.", path=path)
        return value

    def condition(self, value: Any, path: str, depth: int) -> Node:
        found = self._object(value, path, depth)
        for word, node in (("all", Every), ("any", Either)):
            if word in found:
                return self._group(node, found[word], _at(path, word), depth + 1)
        if "not" in found:
            return Not(self.condition(found["not"], _at(path, "not"), depth + 1))
        if "holds" in found:
            return self.part(found["holds"], _at(path, "holds"), depth + 1)
        return self._comparison(found, path, depth + 1)

    def _group(self, node: Callable[..., Node], values: Any, path: str, depth: int) -> Node:
        listed = _list(values, path, MAX_PARTS)
        parts = [self.condition(v, _at(path, n), depth) for n, v in enumerate(listed)]
        return parts[0] if len(parts) == 1 else node(tuple(parts))

    def _comparison(self, found: Mapping[str, Any], path: str, depth: int) -> Node:
        word = str(found.get("op", ""))
        if "left" not in found:
            raise RuleFormError("A condition needs “left”, or all, any, not, holds.", path=path)
        left = self.part(found["left"], _at(path, "left"), depth)
        if word in {"is null", "is not null"}:
            return _turned(Unknown(left), word != "is null")
        right, place = found.get("right"), _at(path, "right")
        if word in Compare.OPERATORS:
            return Compare(word, left, self.part(right, place, depth))
        if word in {"between", "not between"}:
            low, high = self._bounds(right, place, depth)
            return _turned(Between(left, low, high), word != "between")
        if word in {"in", "not in"}:
            items = _list(right, place, MAX_LIST)
            values = tuple(self._item(v, _at(place, n)) for n, v in enumerate(items))
            return _turned(Among(left, values), word != "in")
        raise RuleFormError(f"“{word[:40]}” is no comparison.", path=_at(path, "op"))

    def _bounds(self, value: Any, path: str, depth: int) -> list[Node]:
        listed = _list(value, path, 2)
        if len(listed) != 2:
            raise RuleFormError("Between takes two values.", path=path)
        return [self.part(v, _at(path, n), depth) for n, v in enumerate(listed)]

    def _item(self, value: Any, path: str) -> Value:
        if isinstance(value, Mapping) and set(value) == {"date"}:
            return _date(value["date"], path)
        return _value(value, path)

    def part(self, value: Any, path: str, depth: int) -> Node:
        found = self._object(value, path, depth)
        if "field" in found:
            return _field(found["field"], _at(path, "field"))
        if "value" in found:
            return _value(found["value"], _at(path, "value"))
        if "date" in found:
            return _date(found["date"], _at(path, "date"))
        if "condition" in found:
            return self.condition(found["condition"], _at(path, "condition"), depth + 1)
        return self._made(found, path, depth + 1)

    def _made(self, found: Mapping[str, Any], path: str, depth: int) -> Node:
        if "minus" in found:
            part = self.part(found["minus"], _at(path, "minus"), depth)
            number = isinstance(part, Value) and part.kind is Kind.NUMBER
            return Value(0.0 - float(part.value), Kind.NUMBER) if number else Negative(part)  # type: ignore[union-attr]
        if found.get("sum") in Sum.OPERATORS:
            left = self.part(found.get("left"), _at(path, "left"), depth)
            return Sum(found["sum"], left, self.part(found.get("right"), _at(path, "right"), depth))
        if found.get("call") in (*functions.FUNCTIONS, functions.DEFAULT):
            given = _list(found.get("with"), _at(path, "with"), MAX_PARTS)
            parts = (self.part(v, _at(path, f"with.{n}"), depth) for n, v in enumerate(given))
            return Call(found["call"], tuple(parts))
        raise RuleFormError("A field, value, date, call or sum is expected here.", path=path)


def _at(path: str, step: str | int) -> str:
    return f"{path}.{step}" if path else str(step)


def _turned(node: Node, turned: bool) -> Node:  # noqa: FBT001 - read at its three places as a whole
    return Not(node) if turned else node


def _list(value: Any, path: str, most: int) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise RuleFormError("A list with at least one entry is expected here.", path=path)
    if len(value) > most:
        raise RuleFormError(f"The list has more than {most} entries.", path=path)
    return list(value)


def _field(value: Any, path: str) -> Field:
    if not isinstance(value, str) or not value or len(value) > MAX_NAME or set(value) & set("`\n"):
        raise RuleFormError("A field's name is expected here.", path=path)
    return Field(value)


def _date(value: Any, path: str) -> Value:
    try:
        return Value(seconds_of(str(value)), Kind.TIME)
    except ValueError:
        raise RuleFormError("A date from 1970 to 2999 is expected here.", path=path) from None


def _value(value: Any, path: str) -> Value:
    if isinstance(value, bool):
        return Value(value, Kind.BOOLEAN)
    if isinstance(value, str) and len(value) <= MAX_STRING:
        return Value(value, Kind.STRING)
    if isinstance(value, int | float) and math.isfinite(value):
        return Value(float(value) + 0.0, Kind.NUMBER)
    raise RuleFormError(
        f"A number, a condition or a string of at most {MAX_STRING} characters is expected here.",
        path=path,
    )
