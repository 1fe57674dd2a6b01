"""CSV, TSV and other delimited text, read as text columns by Arrow's streaming reader.

Arrow is fast but names errors by block; when it refuses, `fault.py` reads the file again to find
the exact place.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from platform_core.datasets.errors import FileRejectedError
from platform_core.datasets.ingest import fault
from platform_core.datasets.ingest.encoding import Text
from platform_core.datasets.ingest.source import Note
from platform_core.datasets.params import MAX_COLUMNS, MAX_ROW_BYTES, Reading

SEPARATORS = ("\t", ",", ";", "|")
_SAMPLE_BYTES = 2**18
_SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes:
        skipped_bytes: line ends before the header or the first row.
    """

    separator: str
    quotes: bool
    columns: list[str]
    has_header: bool
    skipped_bytes: int = 0


class DelimitedSource:
    """One delimited file."""

    quoted = False

    def __init__(self, text: Text, reading: Reading) -> None:
        self.name = text.member.name
        self._text = text
        self._dialect = sniff(text, reading)
        self.columns: list[str] | None = self._dialect.columns
        self.notes = _notes(text, self._dialect)
        self._known_closed = False

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as text columns; empty fields are missing."""
        with self._text.open() as plain:
            plain.read(self._dialect.skipped_bytes)
            stream = _QuoteCounter(plain)
            try:
                with arrow_csv.open_csv(stream, *_options(self._dialect)) as reader:
                    yield from reader
            except pa.ArrowInvalid as error:
                raise fault.locate(self._text, self._dialect, str(error)) from error
        if stream.quotes % 2 and self._dialect.quotes:
            self._check_closed()

    def _check_closed(self) -> None:
        """Refuse a quotation mark that is never closed: Arrow takes the rest of the file for one field."""
        if not self._known_closed:
            found = fault.first_fault(self._text, self._dialect)
            if found is not None:
                raise found
            self._known_closed = True


class _QuoteCounter(io.RawIOBase):
    """Counts quotation marks on their way to Arrow; an odd count may mean that one is never closed."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.quotes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.quotes += piece.count(b'"')
        return piece


def _options(
    dialect: Dialect,
) -> tuple[arrow_csv.ReadOptions, arrow_csv.ParseOptions, arrow_csv.ConvertOptions]:
    quote = '"' if dialect.quotes else False
    return (
        arrow_csv.ReadOptions(
            block_size=MAX_ROW_BYTES,
            column_names=dialect.columns,
            skip_rows_after_names=int(dialect.has_header),
        ),
        arrow_csv.ParseOptions(
            delimiter=dialect.separator, quote_char=quote, newlines_in_values=dialect.quotes
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(dialect.columns, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            check_utf8=False,  # encoding.detect has read every byte
        ),
    )


def sniff(text: Text, reading: Reading) -> Dialect:
    """Find separator and header in the first 256 KiB.

    Raises:
        FileRejectedError: only a header, or a header with empty or repeated names.
    """
    with text.open() as stream:
        raw = stream.read(_SAMPLE_BYTES)
        whole = not stream.read(1)
    sample = raw.decode("utf-8", "ignore")
    body = sample.lstrip("\r\n")
    skipped = sample[: len(sample) - len(body)]
    separator = reading.separator or _separator(body, whole=whole, quotes=reading.quotes)
    rows = _rows(body, separator, whole=whole, quotes=reading.quotes)
    header = rows[0]
    has_header = _has_header(rows, reading)
    lines = skipped.count("\n") or skipped.count("\r")
    if has_header:
        _check_header(header, text.member.name, lines + 1)
    if has_header and whole and len(rows) == 1:
        raise FileRejectedError(
            "There is a header but not a single row.",
            file=text.member.name,
            line=lines + 1,
            remedy="Upload a file with rows.",
        )
    names = [name.strip() for name in header] if has_header else _numbered(len(header))
    return Dialect(separator, reading.quotes, names, has_header, len(skipped))


def _numbered(count: int) -> list[str]:
    return [f"column_{number}" for number in range(1, count + 1)]


def _rows(body: str, separator: str, *, whole: bool, quotes: bool) -> list[list[str]]:
    """Return the first rows; the last one of a cut sample may be broken and is left out."""
    csv.field_size_limit(MAX_ROW_BYTES)
    reader = csv.reader(
        io.StringIO(body, newline=""),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
    )
    rows = []
    for row in reader:
        if row:
            rows.append(row)
        if len(rows) > _SAMPLE_ROWS:
            return rows[:-1]
    return rows if whole or len(rows) == 1 else rows[:-1]


def _separator(body: str, *, whole: bool, quotes: bool) -> str:
    """Return the separator by which most rows have as many fields as the first, and more than one."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        rows = _rows(body, separator, whole=whole, quotes=quotes)
        width = len(rows[0])
        score = (sum(len(row) == width for row in rows) / len(rows), width)
        if width > 1 and score > best_score:
            best, best_score = separator, score
    return best


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _has_header(rows: list[list[str]], reading: Reading) -> bool:
    if reading.header != "auto":
        return reading.header == "yes"
    return not all(map(_is_number, rows[0]))


def _check_header(header: list[str], file: str, line: int) -> None:
    if len(header) > MAX_COLUMNS:
        raise FileRejectedError(
            f"There are {len(header)} columns; {MAX_COLUMNS} are taken.", file=file, line=line
        )
    seen: dict[str, int] = {}
    for number, name in enumerate((raw.strip() for raw in header), start=1):
        if not name:
            raise FileRejectedError(
                f"Column {number} has no name.",
                file=file,
                line=line,
                column=number,
                remedy="Name every column in the first line (pandas: to_csv(index=False)).",
            )
        if name in seen:
            raise FileRejectedError(
                f"Columns {seen[name]} and {number} are both named “{name[:80]}”.",
                file=file,
                line=line,
                column=number,
                remedy="Give every column its own name.",
            )
        seen[name] = number


def _notes(text: Text, dialect: Dialect) -> list[Note]:
    notes = []
    if text.encoding in {"cp1252", "latin-1"}:
        notes.append(Note("single_byte_encoding", params={"file": text.member.name}))
    if not dialect.has_header:
        notes.append(Note("no_header", params={"file": text.member.name}))
    elif any(map(_is_number, dialect.columns)):
        notes.append(Note("header_looks_like_data", params={"file": text.member.name}))
    return notes
