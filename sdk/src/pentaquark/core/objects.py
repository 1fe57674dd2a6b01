"""Answers as objects: declared members with types, everything else under `.raw`."""

from html import escape
from typing import Any, ClassVar, Self, get_type_hints


class Record:
    """What the platform said of one object.

    A class names the members it promises as annotations; a member the platform leaves out is None.

    Attributes:
        raw: the whole answer.
    """

    raw: dict[str, Any]
    _members: ClassVar[tuple[str, ...]] = ()
    _shown: ClassVar[tuple[str, ...]] = ()

    def __init__(self, raw: dict[str, Any]) -> None:
        self._take(raw)

    def _take(self, raw: dict[str, Any]) -> Self:
        self.raw = raw
        for name in self._members:
            setattr(self, name, raw.get(name))
        return self

    def __init_subclass__(cls) -> None:
        own = [n for n in cls.__annotations__ if not n.startswith("_")]
        cls._members = tuple(dict.fromkeys([*cls._members, *(n for n in own if n != "raw")]))

    @classmethod
    def members(cls) -> tuple[str, ...]:
        """Return the names this class promises; the tests compare them with the platform's OpenAPI."""
        return cls._members

    @classmethod
    def types(cls) -> dict[str, Any]:
        """Return the members with their types."""
        hints = get_type_hints(cls)
        return {name: hints[name] for name in cls._members}

    def __repr__(self) -> str:
        shown = ", ".join(f"{n}={getattr(self, n)!r}" for n in self._shown or self._members[:4])
        return f"<{type(self).__name__} {shown}>"

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        rows = [(name, getattr(self, name)) for name in self._shown or self._members]
        return table_html(type(self).__name__, [r for r in rows if r[1] not in (None, "", {}, [])])


def table_html(title: str, rows: list[tuple[str, Any]]) -> str:
    """Return rows of names and values as HTML; every value is escaped."""
    return _table(title, "".join(f"<tr>{_cell('th', n)}{_cell('td', v)}</tr>" for n, v in rows))


def columns_html(title: str, names: list[str], rows: list[list[Any]]) -> str:
    """Return a table with a heading row as HTML; every value is escaped."""
    head = "".join(_cell("th", name) for name in names)
    body = "".join("<tr>" + "".join(_cell("td", v) for v in row) + "</tr>" for row in rows)
    return _table(title, f"<tr>{head}</tr>{body}")


def _cell(tag: str, value: Any) -> str:
    said = "" if value is None else escape(str(value))
    return f"<{tag} style='text-align:left'>{said}</{tag}>"


def _table(title: str, rows: str) -> str:
    return f"<table><caption style='text-align:left'><b>{escape(title)}</b></caption>{rows}</table>"
