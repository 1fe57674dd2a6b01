"""Charts as plain Plotly figures: the server says what is shown, the browser colours it from the tokens.

`Chart` is handed to `components/chart.html`; the library itself is served from the plotly package's own
file, without importing the package.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from platform_core.web.words import Words

JSON = Any


@dataclass(frozen=True)
class Axis:
    """An axis: what it shows, in which unit; `zero` starts it at nought (bars always do)."""

    title: Words
    unit: Words = ""
    log: bool = False
    zero: bool = False
    category: bool = False

    @property
    def words(self) -> str:
        """Return title and unit as drawn."""
        return f"{self.title} ({self.unit})" if self.unit else str(self.title)


@dataclass(frozen=True)
class Trace:
    """One series.

    Attributes:
        name: drawn beside its last point when there is more than one series.
        x, y: equal length; NaN and infinity become gaps.
        kind: line, bar or points.
        low, high: bounds of the uncertainty around `y`, drawn as a band (lines) or bars.
        hue: the key of the application whose hue the series takes; empty for the palette's next colour.
    """

    name: Words
    x: Sequence[Any]
    y: Sequence[float | None]
    kind: str = "line"
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    hue: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart card.

    Attributes:
        key: unique on the page; also the name of downloaded files.
        title: the finding in words ("Loss stopped falling after epoch 12"), not the names of the axes.
        header, rows: what the table view and the CSV hold; derived from the traces when left out.
        horizontal: bars lie on their side (long category names).
    """

    key: str
    title: Words
    traces: Sequence[Trace]
    x: Axis
    y: Axis
    note: Words = ""
    header: Sequence[Words] = ()
    rows: Sequence[Sequence[Any]] = ()
    horizontal: bool = False
    extra_layout: Mapping[str, JSON] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Derive the table view from the traces when the caller gave none."""
        if not self.rows:
            header, rows = _table(self.x, self.y, self.traces)
            object.__setattr__(self, "header", header)
            object.__setattr__(self, "rows", rows)

    @cached_property
    def figure(self) -> dict[str, JSON]:
        """Return the Plotly figure: data, layout."""
        data: list[dict[str, JSON]] = []
        for index, trace in enumerate(self.traces):
            data.extend(_plotly(trace, index, horizontal=self.horizontal))
        bars = any(trace.kind == "bar" for trace in self.traces)
        across, up = (self.y, self.x) if self.horizontal else (self.x, self.y)
        layout = {
            "xaxis": _axis(across, zero=bars and self.horizontal),
            "yaxis": _axis(up, zero=bars and not self.horizontal),
            "showlegend": False,
            **self.extra_layout,
        }
        return {"data": data, "layout": layout}

    def json_script(self) -> SafeString:
        """Return the figure as an inert data block for charts.js."""
        text = json.dumps(self.figure, allow_nan=False, default=str)
        safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        return format_html(
            '<script type="application/json" data-chart-figure>{}</script>',
            mark_safe(safe),  # noqa: S308  (escaped above)
        )


def _finite(values: Sequence[Any]) -> list[Any]:
    """Turn what JSON cannot carry into gaps."""
    return [None if isinstance(v, float) and not math.isfinite(v) else v for v in values]


def _axis(axis: Axis, *, zero: bool) -> dict[str, JSON]:
    found: dict[str, JSON] = {"title": {"text": axis.words}, "automargin": True}
    if axis.log:
        found["type"] = "log"
    elif axis.category:
        found["type"] = "category"
    if (zero or axis.zero) and not axis.log:
        found["rangemode"] = "tozero"
    return found


def _plotly(trace: Trace, index: int, *, horizontal: bool) -> list[dict[str, JSON]]:
    """Return the Plotly traces of one series: its uncertainty band first, so that it lies below."""
    colour = {"index": index, "hue": trace.hue}
    x, y = _finite(trace.x), _finite(trace.y)
    low, high = _finite(trace.low), _finite(trace.high)
    if trace.kind == "bar":
        across, up = (y, x) if horizontal else (x, y)
        bar: dict[str, JSON] = {
            "type": "bar",
            "name": str(trace.name),
            "x": across,
            "y": up,
            "meta": colour,
        }
        if horizontal:
            bar["orientation"] = "h"
        if low and high:
            bar["error_x" if horizontal else "error_y"] = _error_bars(y, low, high)
        return [bar]
    mode = "lines" if trace.kind == "line" else "markers"
    line = {
        "type": "scatter",
        "mode": mode,
        "name": str(trace.name),
        "x": x,
        "y": y,
        "meta": colour,
    }
    if not (low and high):
        return [line]
    if trace.kind == "points":
        return [line | {"error_y": _error_bars(y, low, high)}]
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": x + x[::-1],
        "y": high + low[::-1],
        "fill": "toself",
        "hoverinfo": "skip",
        "meta": colour | {"band": True},
    }
    return [band, line]


def _error_bars(y: list[Any], low: list[Any], high: list[Any]) -> dict[str, JSON]:
    pairs = list(zip(y, low, high, strict=True))
    return {
        "type": "data",
        "symmetric": False,
        "array": [None if v is None or h is None else h - v for v, _, h in pairs],
        "arrayminus": [None if v is None or b is None else v - b for v, b, _ in pairs],
    }


def _table(x: Axis, y: Axis, traces: Sequence[Trace]) -> tuple[list[Words], list[list[Any]]]:
    """Return header and rows: one row per x, one column per series."""
    columns = [dict(zip(trace.x, _finite(trace.y), strict=True)) for trace in traces]
    seen = dict.fromkeys(value for trace in traces for value in trace.x)
    names = [trace.name if len(traces) > 1 else y.words for trace in traces]
    return [x.words, *names], [[value, *(c.get(value) for c in columns)] for value in seen]
