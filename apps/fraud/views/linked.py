"""The picture of who is linked to a case: one column for each kind of entity, lines for shared payments."""

from collections.abc import Mapping
from typing import Any

WIDTH, ROW, TOP, EDGE = 720, 40, 44, 90
MAX_ROWS = 14
"""Drawn of each kind; the table below the picture holds the rest."""


def drawn(told: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return nodes and lines with places; None where nothing is linked."""
    kinds = list(dict.fromkeys(node["kind"] for node in told["nodes"]))
    if not kinds:
        return None
    step = (WIDTH - 2 * EDGE) / max(1, len(kinds) - 1)
    places: dict[str, tuple[float, float]] = {}
    nodes = []
    for column, kind in enumerate(kinds):
        same = [node for node in told["nodes"] if node["kind"] == kind][:MAX_ROWS]
        for row, node in enumerate(same):
            x, y = EDGE + column * step, TOP + row * ROW
            places[node["id"]] = (x, y)
            nodes.append({**node, "x": round(x), "y": y, "text_y": y + 22, "short": node["id"][:6]})
    lines = [
        _line(places[edge["source"]], places[edge["target"]], edge["payments"])
        for edge in told["edges"]
        if edge["source"] in places and edge["target"] in places
    ]
    heads = [{"x": round(EDGE + at * step), "kind": kind} for at, kind in enumerate(kinds)]
    height = max(node["y"] for node in nodes) + ROW
    return {
        "nodes": nodes,
        "lines": lines,
        "heads": heads,
        "width": WIDTH,
        "height": height,
        "all": told["nodes"],
        "cut": told["cut"],
    }


def _line(a: tuple[float, float], b: tuple[float, float], payments: int) -> dict[str, Any]:
    return {
        "x1": round(a[0]),
        "y1": a[1],
        "x2": round(b[0]),
        "y2": b[1],
        "width": min(5, 1 + payments // 3),
    }
