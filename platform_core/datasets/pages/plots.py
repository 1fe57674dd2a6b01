"""Charts of a profile: one per column, its title saying what is seen."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from platform_core.web.api import Axis, Chart, Trace, number

MAX_CHARTS = 24
_TIMES = {"date", "timestamp", "timestamp_utc"}
_FEW_VALUES = 10
_SHORT_CHARS = 32


def charts(profile: dict[str, Any]) -> list[Chart]:
    """Return a chart for each of the first 24 columns that show something."""
    found = [
        _chart(index, column | {"sampled": profile["sampled"]})
        for index, column in enumerate(profile["columns"])
    ]
    return [chart for chart in found if chart is not None][:MAX_CHARTS]


def _chart(index: int, column: dict[str, Any]) -> Chart | None:
    kind = column["type"]
    if kind in {"int64", "float64"} and "histogram" in column and "quantiles" in column:
        return _numbers(index, column)
    if kind in _TIMES and "histogram" in column:
        return _times(index, column)
    if kind in {"string", "bool"} and column["top"]:
        return _words(index, column)
    return None


def _numbers(index: int, column: dict[str, Any]) -> Chart:
    quarter = column["quantiles"]
    title = _("{name}: half of the values lie between {low} and {high}").format(
        name=column["name"], low=number(quarter["0.25"]), high=number(quarter["0.75"])
    )
    edges, counts = column["histogram"]["edges"], column["histogram"]["counts"]
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    return _bars(index, column, title, middles, counts, Axis(column["name"]))


def _times(index: int, column: dict[str, Any]) -> Chart:
    title = _("{name}: from {low} to {high}").format(
        name=column["name"], low=column["min"][:10], high=column["max"][:10]
    )
    edges, counts = column["histogram"]["edges"], column["histogram"]["counts"]
    days = [
        datetime.fromtimestamp((a + b) / 2, UTC).strftime("%Y-%m-%d %H:%M")
        for a, b in pairwise(edges)
    ]
    return _bars(index, column, title, days, counts, Axis(column["name"]))


def _words(index: int, column: dict[str, Any]) -> Chart:
    top = column["top"][:_FEW_VALUES]
    distinct = column["distinct"]["count"]
    if top[0]["count"] == 1:
        title = _("{name}: every value occurs once").format(name=column["name"])
    else:
        words = _("{name}: “{value}” is the most frequent of {distinct} values")
        title = words.format(
            name=column["name"], value=_short(top[0]["value"]), distinct=number(distinct)
        )
    names = [_short(entry["value"]) for entry in top][::-1]
    counts = [entry["count"] for entry in top][::-1]
    return Chart(
        key=f"column-{index}",
        title=title,
        traces=[Trace(name=_("Rows"), x=names, y=counts, kind="bar")],
        x=Axis(column["name"], category=True),
        y=Axis(_("Rows"), zero=True),
        note=_note(column, sampled=column["top_from_sample"]),
        horizontal=True,
    )


def _bars(
    index: int, column: dict[str, Any], title: str, x: list[Any], y: list[int], axis: Axis
) -> Chart:
    return Chart(
        key=f"column-{index}",
        title=title,
        traces=[Trace(name=_("Rows"), x=x, y=y, kind="bar")],
        x=axis,
        y=Axis(_("Rows"), zero=True),
        note=_note(column, sampled=column["sampled"]),
    )


def _note(column: dict[str, Any], *, sampled: bool) -> str:
    parts = [_("Drawn from a sample of the rows.")] if sampled else []
    if column["missing"]:
        parts.append(_("{count} values are missing.").format(count=number(column["missing"])))
    return " ".join(parts)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHORT_CHARS else text[: _SHORT_CHARS - 1] + "…"
