"""Turns a profile into quality issues, each with a cleaning rule that would mend it where there is one.

An issue is {severity: "error"|"warning"|"info", kind, column, count, params, detail, suggestion};
`detail` is English, pages translate by kind and params (`wording.py`).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from platform_core.datasets import params
from platform_core.datasets.ingest.source import Note
from platform_core.datasets.wording import issue_text

_SEVERITIES = ("error", "warning", "info")
_MANY_MISSING = 0.2


def find(profile: dict[str, Any], notes: Iterable[Note]) -> list[dict[str, Any]]:
    """Return the issues of a version, worst first."""
    found = list(_of_table(profile))
    for column in profile["columns"]:
        found += _of_column(column, profile["rows"])
    found += [_issue("info", note.kind, note.column, note.count, **note.params) for note in notes]
    for issue in found:
        if issue["kind"] == "words_that_may_mean_missing":
            rule = params.TreatAsMissing(issue["column"], tuple(issue["params"]["words"]))
            issue["suggestion"] = rule.as_json()
    return sorted(found, key=lambda issue: (_SEVERITIES.index(issue["severity"]), -issue["count"]))


def _issue(
    severity: str,
    kind: str,
    column: str = "",
    count: int = 0,
    rule: params.CleaningRule | None = None,
    **values: Any,
) -> dict[str, Any]:
    return {
        "severity": severity,
        "kind": kind,
        "column": column,
        "count": count,
        "params": values,
        "detail": issue_text(kind, column=column, count=count, params=values),
        "suggestion": rule.as_json() if rule else None,
    }


def _of_table(profile: dict[str, Any]) -> Iterator[dict[str, Any]]:
    count = profile["duplicate_rows"]["count"]
    if count:
        severity = "warning" if count > profile["rows"] / 100 else "info"
        yield _issue(severity, "duplicate_rows", "", count, params.DropDuplicateRows())


def _of_column(column: dict[str, Any], rows: int) -> Iterator[dict[str, Any]]:
    name, missing = column["name"], column["missing"]
    if missing == rows:
        yield _issue("error", "all_missing", name, rows, params.DropColumn(name))
        return
    if missing:
        severity = "warning" if missing > _MANY_MISSING * rows else "info"
        share = round(100 * missing / rows, 1)
        yield _issue(severity, "missing_values", name, missing, _for_missing(column), percent=share)
    if column["distinct"]["count"] == 1 and rows > 1 and not missing:
        yield _issue("warning", "constant_column", name, rows, params.DropColumn(name))
    yield from _of_numbers(column)
    if column["type"] == "string":
        yield from _of_texts(column)


def _for_missing(column: dict[str, Any]) -> params.CleaningRule:
    name = column["name"]
    if column["type"] in {"int64", "float64"}:
        return params.FillMissing(name, using="median")
    return params.DropMissingRows((name,))


def _of_numbers(column: dict[str, Any]) -> Iterator[dict[str, Any]]:
    name = column["name"]
    if column["infinite"]:
        yield _issue("warning", "infinite_values", name, column["infinite"])
    outliers = column.get("outliers", {"count": 0})
    if outliers["count"]:
        yield _issue(
            "info",
            "outliers",
            name,
            outliers["count"],
            params.ClipOutliers(name),
            lower=outliers["lower"],
            upper=outliers["upper"],
        )


def _of_texts(column: dict[str, Any]) -> Iterator[dict[str, Any]]:
    name, hints = column["name"], column.get("hints", {})
    if column["untrimmed"]:
        yield _issue("info", "untrimmed_text", name, column["untrimmed"], params.TrimText((name,)))
    if date_format := hints.get("date_format"):
        dates = params.ParseDates(name, date_format)
        yield _issue("info", "dates_as_text", name, 0, dates, format=date_format)
    if share := hints.get("number_share"):
        numbers = params.CastColumn(name, "float64")
        yield _issue("warning", "numbers_as_text", name, 0, numbers, percent=round(100 * share, 1))
    if variants := hints.get("case_variants"):
        yield _issue("info", "case_variants", name, variants, params.LowerCase(name))
