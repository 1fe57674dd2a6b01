"""Guesses what a text column was meant to be, from its sampled values."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

DATE_FORMATS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d-%b-%Y", "%Y%m%d",
    "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
)  # fmt: skip
_LOOKED_AT = 2000
_MOSTLY = 0.95
_FEW = 50_000


def hints(present: pa.Array) -> dict[str, Any]:
    """Return {date_format, number_share, case_variants} where they apply.

    Args:
        present: texts that are not missing, from the sample.
    """
    if not len(present):
        return {}
    unique = pc.unique(present)
    found: dict[str, Any] = {}
    if date_format := _date_format(unique.slice(0, _LOOKED_AT)):
        found["date_format"] = date_format
    share = _number_share(present)
    if _MOSTLY <= share < 1:
        found["number_share"] = share
    if len(unique) <= _FEW:
        variants = len(unique) - len(pc.unique(pc.utf8_lower(unique)))
        if variants:
            found["case_variants"] = variants
    return found


def _date_format(texts: pa.Array) -> str:
    for date_format in DATE_FORMATS:
        parsed = pc.strptime(texts, format=date_format, unit="us", error_is_null=True)
        if not parsed.null_count:
            return date_format
    return ""


def _number_share(present: pa.Array) -> float:
    number = pc.match_substring_regex(present, r"^\s*-?(0|[1-9][0-9]{0,15})(\.[0-9]+)?\s*$")
    return (pc.sum(number).as_py() or 0) / len(present)
