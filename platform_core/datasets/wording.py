"""Words of issues, rules and split kinds, translated when shown."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

ISSUES = {
    "duplicate_rows": _("Rows that repeat an earlier one: {count}."),
    "all_missing": _("Every value is missing."),
    "missing_values": _("Missing: {count} ({percent} %)."),
    "constant_column": _("All rows hold the same value, so the column tells nothing."),
    "infinite_values": _("Infinite: {count}."),
    "outliers": _("Outside {lower} to {upper}, far from the middle half: {count}."),
    "untrimmed_text": _("Texts that begin or end with white space: {count}."),
    "dates_as_text": _("The texts are dates written as {format}."),
    "numbers_as_text": _("Texts that are numbers: {percent} %."),
    "case_variants": _(
        "Values that differ from another one only in upper and lower case: {count}."
    ),
    "words_read_as_missing": _("Read as missing: {words}."),
    "words_that_may_mean_missing": _("Some texts may mean “missing”: {words}."),
    "long_numbers_kept_as_text": _("Numbers too long to be kept exactly were left as text."),
    "single_byte_encoding": _("{file} is not UTF-8; it was read as Western European text."),
    "no_header": _("{file} has no header; its columns were numbered."),
    "header_looks_like_data": _("The first line of {file} may be data rather than a header."),
}

ISSUE_TITLES = {
    "duplicate_rows": gettext_lazy("Duplicate rows"),
    "all_missing": gettext_lazy("Empty column"),
    "missing_values": gettext_lazy("Missing values"),
    "constant_column": gettext_lazy("Constant column"),
    "infinite_values": gettext_lazy("Infinite values"),
    "outliers": gettext_lazy("Outliers"),
    "untrimmed_text": gettext_lazy("White space around texts"),
    "dates_as_text": gettext_lazy("Dates as text"),
    "numbers_as_text": gettext_lazy("Numbers as text"),
    "case_variants": gettext_lazy("Upper and lower case mixed"),
    "words_read_as_missing": gettext_lazy("Words read as missing"),
    "words_that_may_mean_missing": gettext_lazy("Words that may mean missing"),
    "long_numbers_kept_as_text": gettext_lazy("Long numbers kept as text"),
    "single_byte_encoding": gettext_lazy("Not UTF-8"),
    "no_header": gettext_lazy("No header"),
    "header_looks_like_data": gettext_lazy("Unusual header"),
}

RULES = {
    "drop_duplicate_rows": _("Remove duplicate rows"),
    "drop_missing_rows": _("Remove rows in which {columns} is missing"),
    "fill_missing": _("Fill missing {column} with {filler}"),
    "trim_text": _("Trim white space of {columns}"),
    "lower_case": _("Write {column} in lower case"),
    "treat_as_missing": _("Treat {values} in {column} as missing"),
    "drop_duplicate_rows_by": _("Remove rows that repeat {columns}"),
    "clip_outliers": _("Limit {column} to {lower} … {upper}"),
    "clip_outliers_fitted": _("Limit {column} to 1.5 interquartile ranges around its middle half"),
    "cast_column": _("Read {column} as {to}"),
    "parse_dates": _("Read {column} as dates ({format})"),
    "rename_column": _("Rename {column} to {to}"),
    "drop_column": _("Leave out {column}"),
}
_AUTOMATIC = gettext_lazy("automatic")
_ALL_TEXTS = gettext_lazy("all text columns")
_FILLERS = {
    "mean": gettext_lazy("the mean"),
    "median": gettext_lazy("the median"),
    "most_frequent": gettext_lazy("the most frequent value"),
}


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _shown(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def issue_text(kind: str, *, column: str, count: int, params: Mapping[str, Any]) -> str:
    """Return the sentence of an issue in the active language."""
    words = gettext(ISSUES[kind]) if kind in ISSUES else kind
    values = {"column": column, "count": count} | dict(params)
    return words.format_map(_Lenient({name: _shown(value) for name, value in values.items()}))


def rule_text(rule: Mapping[str, Any]) -> str:
    """Return what a cleaning rule (as JSON) does, in the active language."""
    values = _Lenient({name: _shown(value) for name, value in rule.items()})
    values["columns"] = values.get("columns") or str(_ALL_TEXTS)
    values["filler"] = _FILLERS.get(str(rule.get("using")), values.get("value"))
    for limit in ("lower", "upper"):
        if rule.get(limit) is None:
            values[limit] = _AUTOMATIC
    return gettext(RULES[_variant(rule)]).format_map(values)


def _variant(rule: Mapping[str, Any]) -> str:
    """Return the key of the sentence that says what this use of the rule does."""
    kind = str(rule["rule"])
    if kind == "drop_duplicate_rows" and rule.get("columns"):
        return "drop_duplicate_rows_by"
    if kind == "clip_outliers" and rule.get("lower") is None and rule.get("upper") is None:
        return "clip_outliers_fitted"
    return kind
