"""Finds the exact place at which a delimited file stops being a table; slow, run on refused files only."""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from platform_core.datasets.errors import FileRejectedError
from platform_core.datasets.ingest.encoding import Text
from platform_core.datasets.params import MAX_ROW_BYTES

if TYPE_CHECKING:
    from platform_core.datasets.ingest.delimited import Dialect

_LONG_ROW_LINES = 20


class _RowTooLongError(Exception):
    """A line goes on beyond the limit."""


def locate(text: Text, dialect: "Dialect", reason: str) -> FileRejectedError:
    """Return the refusal naming line and column; `reason` (Arrow's words) where no better one is found."""
    for strict in (False, True):
        found = _walk(text, dialect, strict=strict)
        if found is not None:
            return found
    return FileRejectedError(reason[:300], file=text.member.name)


def _walk(text: Text, dialect: "Dialect", *, strict: bool) -> FileRejectedError | None:
    width = len(dialect.columns)
    csv.field_size_limit(MAX_ROW_BYTES)
    with text.open() as stream:
        reader = csv.reader(
            _lines(stream),
            delimiter=dialect.separator,
            quoting=csv.QUOTE_MINIMAL if dialect.quotes else csv.QUOTE_NONE,
            strict=strict,
        )
        start = 1
        try:
            for row in reader:
                if row and len(row) != width:
                    return _ragged(text, row, width, start, reader.line_num)
                start = reader.line_num + 1
        except _RowTooLongError:
            return _too_long(text, start)
        except csv.Error as error:
            return _broken_quote(text, start, str(error))
    return None


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Yield lines of bounded length; a file without line ends is not read into memory."""
    decoded = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    while line := decoded.readline(MAX_ROW_BYTES):
        if len(line) >= MAX_ROW_BYTES:
            raise _RowTooLongError
        yield line


def _ragged(text: Text, row: list[str], width: int, start: int, end: int) -> FileRejectedError:
    lines = end - start + 1
    hint = (
        f" It runs over {lines} lines: a quotation mark in it may never be closed."
        if lines > _LONG_ROW_LINES
        else ""
    )
    return FileRejectedError(
        f"This row has {len(row)} fields, the first line has {width}.{hint}",
        file=text.member.name,
        line=start,
        column=min(len(row), width) + 1,
        remedy="Put fields that contain the separator into quotation marks, and fill every field.",
    )


def _too_long(text: Text, start: int) -> FileRejectedError:
    return FileRejectedError(
        f"This row is longer than {MAX_ROW_BYTES // 2**20} MiB.",
        file=text.member.name,
        line=start,
        column=1,
        remedy="Check the line ends and the quotation marks of the file.",
    )


def _broken_quote(text: Text, start: int, words: str) -> FileRejectedError:
    if "field larger" in words:
        return _too_long(text, start)
    return FileRejectedError(
        "A quotation mark opened in this row is never closed.",
        file=text.member.name,
        line=start,
        column=1,
        remedy="Close it, or upload with quotes switched off in the reading options.",
    )
