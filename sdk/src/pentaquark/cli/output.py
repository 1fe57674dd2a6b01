"""What `pq` prints: tables for people, `--json` for programs; words of errors go to standard error."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

out = Console()
err = Console(stderr=True)


def as_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False, default=str))  # noqa: T201  (unwrapped)


def plain(value: Any) -> Any:
    """Return what JSON can hold of objects of this library."""
    if hasattr(value, "raw"):
        return value.raw
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def rows(found: Iterable[Any], columns: Sequence[str], *, is_json: bool) -> None:
    """Print objects, one a line."""
    listed = [plain(each) for each in found]
    if is_json:
        as_json(listed)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for each in listed:
        table.add_row(*(said(each.get(name)) for name in columns))
    out.print(table)


def one(found: Any, names: Sequence[str] = (), *, is_json: bool) -> None:
    """Print one object, a member a line."""
    value = plain(found)
    if is_json:
        as_json(value)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name in names or list(value):
        if value.get(name) not in (None, "", [], {}):
            table.add_row(name.replace("_", " "), said(value[name]))
    out.print(table)


def said(value: Any) -> str:
    """Return a cell; what data says is never read as markup."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return _escaped(", ".join(f"{name}={said(each)}" for name, each in value.items()))
    if isinstance(value, list):
        return _escaped(", ".join(said(each) for each in value))
    return _escaped(str(value))


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")
