"""Column types: evidence gathered over the whole input, the type that follows, and the conversion to it.

Texts become numbers, truth values or times only where every value of the column does; numbers with
leading zeros ("00123", a post code or an id) and numbers too long to be kept exactly stay texts.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from platform_core.datasets.reading import ARROW

NAMES = {arrow: name for name, arrow in ARROW.items()}

MISSING_WORDS = pa.array(
    ["NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "NULL", "Null", "null", "None", "none", "?"]
)
"""Read as missing in columns that otherwise hold numbers, truth values or times; never in text columns."""

_KEEP_AS_TEXT = r"^[-+]?0[0-9xX]"
_LONG_NUMBER = r"^-?[0-9]{17,}"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?$"
_ZONED = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[-+][0-9]{2}:?[0-9]{2})$"
)


def _all(values: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(values, pattern)).as_py())


def _any(values: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())


def _casts(values: pa.Array, to: pa.DataType) -> bool:
    try:
        pc.cast(values, to)
    except pa.ArrowInvalid:
        return False
    return True


def _is_int(values: pa.Array) -> bool:
    return _casts(values, pa.int64()) and not _any(values, _KEEP_AS_TEXT)


def _is_float(values: pa.Array) -> bool:
    return _casts(values, pa.float64()) and not _any(values, _KEEP_AS_TEXT)


def _is_bool(values: pa.Array) -> bool:
    return bool(pc.all(pc.is_in(pc.utf8_lower(values), pa.array(["true", "false"]))).as_py())


def _is_date(values: pa.Array) -> bool:
    return _all(values, _DATE) and _casts(values, pa.date32())


def _is_time(values: pa.Array) -> bool:
    return _all(values, f"{_DATE}|{_TIME}") and _casts(values, pa.timestamp("us"))


def _is_zoned(values: pa.Array) -> bool:
    return _all(values, _ZONED) and _casts(values, pa.timestamp("us", tz="UTC"))


_TESTS: dict[str, Callable[[pa.Array], bool]] = {
    "int64": _is_int,
    "float64": _is_float,
    "bool": _is_bool,
    "date": _is_date,
    "timestamp": _is_time,
    "timestamp_utc": _is_zoned,
}
_OF_QUOTED_TEXT = ("date", "timestamp", "timestamp_utc")
"""What a JSON string may become: "12" in quotes was meant as text."""


@dataclass
class Evidence:
    """What is known of one column so far.

    Attributes:
        possible: types every text seen so far fits, best first.
        typed: types of values that came with a type.
        long_numbers: a number was seen that a float could not keep exactly.
        missing_words: word read as missing -> occurrences in distinct values.
        numeric, texts: how many distinct texts are numbers, and how many there are (to hint at a
            dirty column).
    """

    possible: list[str] = field(default_factory=lambda: list(_TESTS))
    typed: set[str] = field(default_factory=set)
    texts: int = 0
    numeric: int = 0
    long_numbers: bool = False
    missing_words: Counter[str] = field(default_factory=Counter)

    def add(self, values: pa.Array, *, quoted: bool = False) -> None:
        """Take in one batch of the column.

        Args:
            values: of any type of ARROW, or null.
            quoted: texts come from a format that marks texts, so numbers in them stay texts.
        """
        if values.null_count == len(values):
            return
        if not pa.types.is_string(values.type):
            self.typed.add(NAMES[values.type])
            return
        unique = pc.utf8_trim_whitespace(pc.unique(values.drop_null()))
        if quoted:
            self.possible = [name for name in self.possible if name in _OF_QUOTED_TEXT]
        self._narrow(unique)

    def _narrow(self, unique: pa.Array) -> None:
        self.texts += len(unique)
        is_word = pc.is_in(unique, MISSING_WORDS)
        for word in unique.filter(is_word).to_pylist():
            self.missing_words[word] += 1
        unique = unique.filter(pc.invert(is_word))
        self._note_numbers(unique)
        self.possible = [name for name in self.possible if _TESTS[name](unique)]

    def _note_numbers(self, unique: pa.Array) -> None:
        if "float64" not in self.possible:
            return
        self.long_numbers = self.long_numbers or _any(unique, _LONG_NUMBER)
        number = pc.match_substring_regex(unique, r"^-?[0-9]+(\.[0-9]*)?$")
        self.numeric += pc.sum(number).as_py() or 0

    @property
    def type(self) -> str:
        """Return the type of the column by what was seen."""
        types = set(self.typed)
        if self.texts:
            types.add(self._text_type())
        if len(types) > 1:
            return _joined(types)
        return types.pop() if types else "string"

    def _text_type(self) -> str:
        if self.texts == len(self.missing_words):
            return "string"
        possible = [name for name in self.possible if name != "float64" or not self.long_numbers]
        return possible[0] if possible else "string"


def _joined(types: set[str]) -> str:
    if types == {"int64", "float64"}:
        return "float64"
    if types == {"date", "timestamp"}:
        return "timestamp"
    return "string"


def convert(values: pa.Array, to: str) -> pa.Array:
    """Return a raw column as the type its evidence gave; NaN becomes missing.

    Args:
        values: as the evidence saw it.
        to: a name of ARROW.
    """
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), ARROW[to])
    if pa.types.is_string(values.type) and to != "string":
        values = _parse(values, to)
    elif values.type != ARROW[to]:
        values = pc.cast(values, ARROW[to])
    if to == "float64":
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    return values


def _parse(values: pa.Array, to: str) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(values)
    is_word = pc.is_in(trimmed, MISSING_WORDS)
    if pc.any(is_word).as_py():
        trimmed = pc.if_else(is_word, pa.scalar(None, pa.string()), trimmed)
    if to == "bool":
        trimmed = pc.utf8_lower(trimmed)
    return pc.cast(trimmed, ARROW[to])


def parse_leniently(values: pa.Array, to: str) -> pa.Array:
    """Return `values` as another type; what does not fit becomes missing."""
    if values.type == ARROW[to]:
        return values
    try:
        return _cast(values, to)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _one_by_one(values, to)


def _cast(values: pa.Array, to: str) -> pa.Array:
    return _parse(values, to) if pa.types.is_string(values.type) else pc.cast(values, ARROW[to])


def _one_by_one(values: pa.Array, to: str) -> pa.Array:
    """Convert each distinct value by itself: slow, but only a column with misfits comes here."""
    encoded = values.dictionary_encode()

    def attempt(value: pa.Array) -> Any:
        try:
            return _cast(value, to)[0].as_py()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return None

    distinct = encoded.dictionary
    converted = [attempt(distinct.slice(i, 1)) for i in range(len(distinct))]
    return pc.take(pa.array(converted, ARROW[to]), encoded.indices)
