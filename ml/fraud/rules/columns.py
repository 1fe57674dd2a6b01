"""A tree over whole columns: the same three values, by Polars expressions.

N events; a column that is absent or of another kind is not known for any of them.
"""

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

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
    fields_of,
)

Columns = Any  # a polars.DataFrame, or a mapping from names to arrays of one length
Mask = npt.NDArray[np.bool_]
_TYPES = {
    Kind.NUMBER: pl.Float64(),
    Kind.TIME: pl.Float64(),
    Kind.STRING: pl.String(),
    Kind.BOOLEAN: pl.Boolean(),
}
_MICROSECONDS = 1_000_000


def over(tree: Node, fields: Fields, columns: Columns) -> Mask:
    """Return for which events the rule holds, bool (N,).

    Args:
        tree: A checked tree.
        fields: The kinds of the fields it reads.
        columns: A table, or arrays of one length by name (N,).
    """
    names = sorted(fields_of(tree))
    rows, found = _height(columns), _series(columns, names)
    prepared = [_prepared(found.get(name), Kind(fields[name]), name, rows) for name in names]
    holds = expression(tree).fill_null(value=False).alias("holds")
    column_N = pl.DataFrame(prepared).select(holds)["holds"].to_numpy()
    return np.broadcast_to(column_N, (rows,)).astype(np.bool_)


def expression(tree: Node) -> pl.Expr:
    """Return the Polars expression of a tree over columns of the right kinds."""
    return _BUILDERS[type(tree)](tree)


def _height(columns: Columns) -> int:
    if isinstance(columns, pl.DataFrame):
        return int(columns.height)
    return max((len(column) for column in columns.values()), default=0)


def _series(columns: Columns, names: list[str]) -> dict[str, pl.Series]:
    known = columns.columns if isinstance(columns, pl.DataFrame) else columns
    return {name: pl.Series(name, columns[name], strict=False) for name in names if name in known}


def _prepared(column: pl.Series | None, kind: Kind, name: str, rows: int) -> pl.Series:
    nothing = pl.Series(name, [None], dtype=_TYPES[kind]).new_from_index(0, rows)
    if column is None:
        return nothing
    ready = _READERS[kind](column)
    return nothing if ready is None else ready.alias(name)


def _number(column: pl.Series) -> pl.Series | None:
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        return None
    values = column.cast(pl.Float64)
    finite = values.is_finite()
    if finite.all():
        return values
    return pl.select(pl.when(finite).then(values)).to_series()


def _string(column: pl.Series) -> pl.Series | None:
    if column.dtype.is_integer() or column.dtype in {pl.Categorical, pl.Enum}:
        return column.cast(pl.String)
    if column.dtype != pl.String:
        return None
    longest = column.str.len_bytes().max()
    return column.str.slice(0, MAX_VALUE) if (longest or 0) > MAX_VALUE else column


def _boolean(column: pl.Series) -> pl.Series | None:
    if column.dtype == pl.Boolean:
        return column
    values = _number(column)
    return None if values is None else values != 0


def _moment(column: pl.Series) -> pl.Series | None:
    if column.dtype == pl.Datetime:
        return column.dt.epoch("us").cast(pl.Float64) / _MICROSECONDS
    return _number(column)


_READERS: dict[Kind, Callable[[pl.Series], pl.Series | None]] = {
    Kind.NUMBER: _number,
    Kind.STRING: _string,
    Kind.BOOLEAN: _boolean,
    Kind.TIME: _moment,
}


def _finite(found: pl.Expr) -> pl.Expr:
    return pl.when(found.is_finite()).then(found)


def _modulo(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    return left - (left / right).floor() * right


_SUMS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": _modulo,
}
_COMPARISONS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _sum(node: Sum) -> pl.Expr:
    return _finite(_SUMS[node.operator](expression(node.left), expression(node.right)))


def _days(seconds: pl.Expr) -> pl.Expr:
    return (seconds / functions.DAY_S).floor()


def _near(seconds: pl.Expr, found: pl.Expr) -> pl.Expr:
    return pl.when(seconds.abs() <= functions.FAR_S).then(found)


def _hour(seconds: pl.Expr) -> pl.Expr:
    inside = seconds - _days(seconds) * functions.DAY_S
    return _near(seconds, (inside / functions.HOUR_S).floor().clip(upper_bound=23))


def _weekday(seconds: pl.Expr) -> pl.Expr:
    day = _days(seconds) + 3
    return _near(seconds, day - (day / 7).floor() * 7 + 1)


def _extreme(joined: Callable[..., pl.Expr]) -> Callable[..., pl.Expr]:
    def run(*parts: pl.Expr) -> pl.Expr:
        known = reduce(operator.and_, (part.is_not_null() for part in parts))
        return pl.when(known).then(joined(*parts))

    return run


def _by_value(change: Callable[[str], str]) -> Callable[[pl.Expr], pl.Expr]:
    """Change each different string once, by Python's own tables, so that both ways agree."""

    def changed(column: pl.Series) -> pl.Series:
        values = column.unique()
        after = pl.Series([None if v is None else change(v) for v in values], dtype=pl.String)
        return column.replace_strict(values, after, return_dtype=pl.String)

    def run(part: pl.Expr) -> pl.Expr:
        return part.map_batches(changed, return_dtype=pl.String)

    return run


_CALLS: dict[str, Callable[..., pl.Expr]] = {
    "abs": lambda x: x.abs(),
    "floor": lambda x: x.floor(),
    "ceil": lambda x: x.ceil(),
    "min": _extreme(pl.min_horizontal),
    "max": _extreme(pl.max_horizontal),
    "len": lambda x: x.str.len_chars().cast(pl.Float64),
    "lower": _by_value(str.lower),
    "upper": _by_value(str.upper),
    "starts_with": lambda x, y: x.str.starts_with(y),
    "ends_with": lambda x, y: x.str.ends_with(y),
    "contains": lambda x, y: x.str.contains(y, literal=True),
    "hour": _hour,
    "weekday": _weekday,
    "seconds": lambda x: x,
    functions.DEFAULT: pl.coalesce,
}


def _call(node: Call) -> pl.Expr:
    return _CALLS[node.function](*(expression(argument) for argument in node.arguments))


def _compare(node: Compare) -> pl.Expr:
    return _COMPARISONS[node.operator](expression(node.left), expression(node.right))


def _between(node: Between) -> pl.Expr:
    part = expression(node.part)
    return (part >= expression(node.low)) & (part <= expression(node.high))


def _among(node: Among) -> pl.Expr:
    kind = _TYPES[node.values[0].kind]
    return expression(node.part).is_in(
        pl.lit(pl.Series([v.value for v in node.values], dtype=kind)).implode()
    )


_BUILDERS: dict[type, Callable[[Any], pl.Expr]] = {
    Value: lambda node: pl.lit(node.value, dtype=_TYPES[node.kind]),
    Field: lambda node: pl.col(node.name),
    Negative: lambda node: -expression(node.part),
    Sum: _sum,
    Call: _call,
    Compare: _compare,
    Between: _between,
    Among: _among,
    Unknown: lambda node: expression(node.part).is_null(),
    Not: lambda node: ~expression(node.part),
    Every: lambda node: reduce(operator.and_, (expression(part) for part in node.parts)),
    Either: lambda node: reduce(operator.or_, (expression(part) for part in node.parts)),
}
