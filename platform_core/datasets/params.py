"""Limits, cleaning rules, reading options and split specifications: plain data, checked when made.

Every cleaning rule is a frozen dataclass; as JSON it is `{"rule": "<kind>", <field>: ...}`.
How a rule changes a table is in `ingest/cleaning.py`.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, Self

from platform_core.datasets.errors import CleaningRuleError, SplitError, UploadError

GIB = 2**30
MAX_FILE_BYTES = 20 * GIB
MAX_FILES = 100
MAX_UNPACKED_BYTES = 100 * GIB
MAX_ARCHIVE_MEMBERS = 100
MAX_COLUMNS = 4096
MAX_ROW_BYTES = 8 * 2**20
MAX_RULES = 100
MAX_PREVIEW_ROWS = 200
MAX_NAME_CHARS = 120

COLUMN_TYPES = ("int64", "float64", "bool", "date", "timestamp", "timestamp_utc", "string")
"""What a column can be; timestamps are in microseconds, with or without a time zone."""
FILL_WITH = ("mean", "median", "most_frequent")


@dataclass(frozen=True)
class CleaningRule:
    """Base of the rules.

    Attributes:
        kind: its name in JSON.
        counts: what its effect is counted in: "rows" removed or "cells" changed ("columns" for the rest).
    """

    kind: ClassVar[str] = ""
    counts: ClassVar[str] = "cells"

    def as_json(self) -> dict[str, Any]:
        """Return the rule as a JSON object."""
        return {"rule": self.kind} | {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    def named_columns(self) -> tuple[str, ...]:
        """Return the columns that must exist."""
        column = getattr(self, "column", None)
        return (column,) if column is not None else tuple(getattr(self, "columns", ()))


@dataclass(frozen=True)
class DropDuplicateRows(CleaningRule):
    """Keep the first of rows that are equal in `columns` (in all columns when none are named)."""

    kind: ClassVar[str] = "drop_duplicate_rows"
    counts: ClassVar[str] = "rows"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class DropMissingRows(CleaningRule):
    """Remove rows in which any of `columns` is missing."""

    kind: ClassVar[str] = "drop_missing_rows"
    counts: ClassVar[str] = "rows"
    columns: tuple[str, ...]


@dataclass(frozen=True)
class FillMissing(CleaningRule):
    """Fill what is missing with `value`, or with the column's mean, median or most frequent value."""

    kind: ClassVar[str] = "fill_missing"
    column: str
    value: str | int | float | bool | None = None
    using: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) == (not self.using):
            raise CleaningRuleError("fill_missing takes either a value or `using`.")
        if self.using and self.using not in FILL_WITH:
            raise CleaningRuleError(f"fill_missing: `using` is one of {', '.join(FILL_WITH)}.")


@dataclass(frozen=True)
class TrimText(CleaningRule):
    """Remove white space at both ends of the texts of `columns` (of all text columns when none are named)."""

    kind: ClassVar[str] = "trim_text"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class LowerCase(CleaningRule):
    """Write the texts of a column in lower case."""

    kind: ClassVar[str] = "lower_case"
    column: str


@dataclass(frozen=True)
class TreatAsMissing(CleaningRule):
    """Treat some texts of a column ("n/a", "unknown") as missing."""

    kind: ClassVar[str] = "treat_as_missing"
    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class ClipOutliers(CleaningRule):
    """Limit a number to [lower, upper]; a limit not given is 1.5 interquartile ranges beyond the quartile."""

    kind: ClassVar[str] = "clip_outliers"
    column: str
    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise CleaningRuleError("clip_outliers: the lower limit is above the upper one.")


@dataclass(frozen=True)
class CastColumn(CleaningRule):
    """Read a column as another type; what does not fit becomes missing and is counted."""

    kind: ClassVar[str] = "cast_column"
    column: str
    to: str

    def __post_init__(self) -> None:
        if self.to not in COLUMN_TYPES:
            raise CleaningRuleError(f"cast_column: `to` is one of {', '.join(COLUMN_TYPES)}.")


@dataclass(frozen=True)
class ParseDates(CleaningRule):
    """Read texts as points in time by a strptime format; what does not fit becomes missing and is counted."""

    kind: ClassVar[str] = "parse_dates"
    column: str
    format: str

    def __post_init__(self) -> None:
        try:
            datetime.strptime(date(2001, 2, 3).strftime(self.format), self.format)  # noqa: DTZ007
        except ValueError as error:
            raise CleaningRuleError(f"parse_dates: {self.format!r} is no date format.") from error


@dataclass(frozen=True)
class RenameColumn(CleaningRule):
    """Give a column another name."""

    kind: ClassVar[str] = "rename_column"
    counts: ClassVar[str] = "columns"
    column: str
    to: str

    def __post_init__(self) -> None:
        if not self.to.strip():
            raise CleaningRuleError("rename_column: the new name is empty.")


@dataclass(frozen=True)
class DropColumn(CleaningRule):
    """Leave a column out."""

    kind: ClassVar[str] = "drop_column"
    counts: ClassVar[str] = "columns"
    column: str


RULES: dict[str, type[CleaningRule]] = {
    rule.kind: rule
    for rule in (
        DropDuplicateRows, DropMissingRows, FillMissing, TrimText, LowerCase, TreatAsMissing,
        ClipOutliers, CastColumn, ParseDates, RenameColumn, DropColumn,
    )
}  # fmt: skip
"""Every cleaning rule there is, by kind."""


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 1000 and _is_storable(value)


def _is_storable(text: str) -> bool:
    """False for NUL and halves of surrogate pairs, which no JSON column of PostgreSQL takes."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_COLUMNS and all(map(_text, value))


def _number(value: Any) -> bool:
    if value is None:
        return True
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) <= sys.float_info.max  # false for NaN


def _scalar(value: Any) -> bool:
    return _number(value) or isinstance(value, bool) or _text(value)


_FIELD_CHECKS = {
    "columns": _texts, "values": _texts, "column": _text, "to": _text, "format": _text, "using": _text,
    "lower": _number, "upper": _number, "value": _scalar,
}  # fmt: skip


def rule_from_json(raw: object) -> CleaningRule:
    """Make a rule of its JSON object.

    Raises:
        CleaningRuleError: unknown rule, unknown or missing field, wrong type.
    """
    if not isinstance(raw, Mapping) or str(raw.get("rule")) not in RULES:
        raise CleaningRuleError(
            f"{str(raw)[:80]} is no cleaning rule.",
            remedy='Write {"rule": NAME, ...} with one of ' + ", ".join(RULES) + ".",
        )
    kind = RULES[str(raw["rule"])]
    given = {name: value for name, value in raw.items() if name != "rule"}
    known = {field.name: field for field in fields(kind)}
    for name, value in given.items():
        if name not in known or not _FIELD_CHECKS[name](value):
            raise CleaningRuleError(f"{kind.kind}: `{name}` is unknown or has the wrong type.")
    for name, field in known.items():
        if field.default is MISSING and name not in given:
            raise CleaningRuleError(f"{kind.kind}: `{name}` is missing.")
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


def rules_from_json(raw: object) -> tuple[CleaningRule, ...]:
    """Make the rules of a JSON list; None is no rule.

    Raises:
        CleaningRuleError: not a list, too long, or a rule is malformed.
    """
    if raw is None:
        return ()
    if not isinstance(raw, Sequence) or isinstance(raw, str) or len(raw) > MAX_RULES:
        raise CleaningRuleError(f"`cleaning` is a list of at most {MAX_RULES} rules.")
    return tuple(rule if isinstance(rule, CleaningRule) else rule_from_json(rule) for rule in raw)


@dataclass(frozen=True)
class Reading:
    """How text files are read where guessing is not wanted.

    Attributes:
        header: "auto" (no header when every field of the first row is a number), "yes" or "no".
        separator: one character, or empty to find it.
        quotes: False where `"` is an ordinary character.
    """

    header: str = "auto"
    separator: str = ""
    quotes: bool = True

    @classmethod
    def from_json(cls, raw: object) -> Self:
        """Make it of a JSON object; None is the default.

        Raises:
            UploadError: malformed.
        """
        if raw is None:
            return cls()
        known = {field.name: type(field.default) for field in fields(cls)}
        if not isinstance(raw, Mapping) or any(
            name not in known or not isinstance(value, known[name]) for name, value in raw.items()
        ):
            raise UploadError(f"`reading` is an object of {', '.join(known)}.", field="reading")
        reading = cls(**{str(name): value for name, value in raw.items()})
        separates = reading.separator.isascii() and reading.separator not in {'"', "\n", "\r", "\0"}
        if (
            reading.header not in {"auto", "yes", "no"}
            or len(reading.separator) > 1
            or not separates
        ):
            raise UploadError(
                "`header` is auto, yes or no; `separator` one ASCII character.", field="reading"
            )
        return reading


_PART_NAME = re.compile(r"^[a-z][a-z0-9_-]{0,31}$")


@dataclass(frozen=True)
class SplitSpec:
    """How the rows of a version are divided; no data is copied.

    Attributes:
        kind: "random", "time" (earlier rows first, by `column`) or "group" (rows of one value stay together).
        parts: name -> share of the rows, in order; shares add up to 1.
        seed: same seed, same split.
        column: of time or group.
    """

    kind: str
    parts: Mapping[str, float]
    seed: int = 0
    column: str = ""

    def __post_init__(self) -> None:
        if self.kind not in {"random", "time", "group"}:
            raise SplitError("`kind` is random, time or group.", field="kind")
        if not 2 <= len(self.parts) <= 20 or not all(map(_PART_NAME.match, self.parts)):
            raise SplitError("A split has 2 to 20 parts named in lower case.", field="parts")
        if not all(0 < share < 1 for share in self.parts.values()):
            raise SplitError("Each part's share lies between 0 and 1.", field="parts")
        if abs(sum(self.parts.values()) - 1) > 1e-6:
            raise SplitError("The shares of the parts add up to 1.", field="parts")
        if (self.kind == "random") == bool(self.column):
            raise SplitError("`column` is given for time and group only.", field="column")
        if not 0 <= self.seed < 2**63:
            raise SplitError("`seed` is a whole number from 0.", field="seed")
