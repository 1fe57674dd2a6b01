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
    return first_fault(text, dialect) or FileRejectedError(reason[:300], file=text.member.name)


def first_fault(text: Text, dialect: "Dialect") -> FileRejectedError | None:
    """Read the file row by row up to the first that is ragged, too long or never closes a quotation mark."""
    width = len(dialect.columns)
    csv.field_size_limit(MAX_ROW_BYTES)
    with text.open() as stream:
        lines = _Lines(stream)
        reader = csv.reader(
            lines,
            delimiter=dialect.separator,
            quoting=csv.QUOTE_MINIMAL if dialect.quotes else csv.QUOTE_NONE,
        )
        start = 1
        try:
            for row in reader:
                if lines.exhausted:  # the reader wanted a further line to end this row
                    return _broken_quote(text, start)
                if row and len(row) != width:
                    return _ragged(text, row, width, start, reader.line_num)
                start = reader.line_num + 1
        except (_RowTooLongError, csv.Error):
            return _too_long(text, start)
    return None


class _Lines:
    """Lines of bounded length: a file without line ends is not read into memory."""

    def __init__(self, stream: BinaryIO) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        self.exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(MAX_ROW_BYTES)
        if len(line) >= MAX_ROW_BYTES:
            raise _RowTooLongError
        if not line:
            self.exhausted = True
            raise StopIteration
        return line


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


def _broken_quote(text: Text, start: int) -> FileRejectedError:
    return FileRejectedError(
        "A quotation mark opened in this row is never closed.",
        file=text.member.name,
        line=start,
        column=1,
        remedy="Close it, or upload with quotes switched off in the reading options.",
    )
