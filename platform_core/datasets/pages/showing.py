"""What the pages of a data set show: figures, column rows, issues, versions in words."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platform_core.accounts.api import Actor
from platform_core.datasets import wording
from platform_core.datasets.models import Dataset, DatasetVersion
from platform_core.web.api import filesize, number, percent

TYPE_WORDS = {
    "int64": gettext_lazy("whole number"),
    "float64": gettext_lazy("number"),
    "bool": gettext_lazy("yes or no"),
    "date": gettext_lazy("date"),
    "timestamp": gettext_lazy("time"),
    "timestamp_utc": gettext_lazy("time (UTC)"),
    "string": gettext_lazy("text"),
}


@dataclass(frozen=True)
class Shown:
    """A data set and the version of it on the page, None while there is none that is ready."""

    dataset: Dataset
    version: DatasetVersion | None

    @property
    def query(self) -> str:
        """Return the query that keeps the chosen version in links."""
        return f"?version={self.version.number}" if self.version else ""


def tabs(shown: Shown, active: str, actor: Actor) -> list[dict[str, Any]]:
    """Return the tabs; preview only for who may look."""
    words = {
        "detail": _("Profile"),
        "preview": _("Preview"),
        "issues": _("Quality issues"),
        "versions": _("Versions"),
        "splits": _("Splits"),
    }
    if not actor.can("dataset.preview"):
        del words["preview"]
    return [
        {
            "title": title,
            "href": reverse(f"datasets:{name}", args=[shown.dataset.pk]) + shown.query,
            "active": name == active,
        }
        for name, title in words.items()
    ]


def figures(version: DatasetVersion) -> list[dict[str, Any]]:
    """Return the strip of a ready version."""
    profile = version.profile
    cells = max(1, version.rows * len(version.columns))
    missing = sum(column["missing"] for column in version.columns)
    duplicates = profile["duplicate_rows"]
    about = _("about ") if duplicates["approximate"] else ""
    before = version.base
    compare = (
        _("version {number} had {rows}").format(number=before.number, rows=number(before.rows))
        if before
        else _("as uploaded")
    )
    return [
        {"label": _("Rows"), "value": number(version.rows), "compare": compare},
        {
            "label": _("Columns"),
            "value": number(len(version.columns)),
            "compare": _("{size} encrypted").format(size=filesize(version.size_bytes)),
        },
        {
            "label": _("Missing values"),
            "value": percent(missing / cells, 1),
            "compare": _("{count} of {cells} cells").format(
                count=number(missing), cells=number(cells)
            ),
        },
        {
            "label": _("Duplicate rows"),
            "value": about + number(duplicates["count"]),
            "compare": _("{share} of the rows").format(
                share=percent(duplicates["count"] / max(1, version.rows), 1)
            ),
        },
    ]


def columns(profile: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of the column table."""
    return [_column(column) for column in profile["columns"]]


def _column(column: dict[str, Any]) -> dict[str, Any]:
    lengths = column.get("text_length")
    if lengths:
        low, high, middle = lengths["min"], lengths["max"], lengths["mean"]
        unit = _("characters")
    else:
        low, high, unit = column.get("min"), column.get("max"), ""
        middle = column.get("quantiles", {}).get("0.5")
    top = column["top"][0] if column["top"] and column["top"][0]["count"] > 1 else None
    return column | {
        "type_words": TYPE_WORDS[column["type"]],
        "low": _value(low),
        "high": _value(high),
        "middle": _value(middle),
        "unit": unit,
        "most_frequent": top,
    }


def _value(value: Any) -> str:
    if value is None:
        return "–"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return number(value) if is_number else str(value)[:19].replace("T", " ")


def issues(version: DatasetVersion) -> list[dict[str, Any]]:
    """Return the issues with their words in the active language."""
    return [
        issue
        | {
            "title": wording.ISSUE_TITLES.get(issue["kind"], issue["kind"]),
            "text": wording.issue_text(
                issue["kind"],
                column=issue["column"],
                count=issue["count"],
                params=issue["params"],
            ),
            "rule": wording.rule_text(issue["suggestion"]) if issue["suggestion"] else "",
        }
        for issue in version.issues
    ]


def history(version: DatasetVersion) -> list[dict[str, Any]]:
    """Return the rules a version was made by, in words, with what each changed."""
    done = version.cleaning if version.state == DatasetVersion.State.READY else version.rules
    return [
        {"words": wording.rule_text(rule), "changed": rule.get("changed"), **rule} for rule in done
    ]
