"""JSON Lines: one object per line; keys are columns, objects and lists in values stay JSON text."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson
import pyarrow as pa

from platform_core.datasets.errors import FileRejectedError
from platform_core.datasets.ingest.encoding import Text
from platform_core.datasets.ingest.source import Note, is_column_name
from platform_core.datasets.params import MAX_COLUMNS, MAX_ROW_BYTES

_BATCH_ROWS = 20_000
_BATCH_BYTES = 16 * 2**20


class JsonLinesSource:
    """One JSON Lines file."""

    quoted = True
    columns: list[str] | None = None

    def __init__(self, text: Text) -> None:
        self.name = text.member.name
        self._text = text
        self.notes: list[Note] = []

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows; a batch has the columns that occur in it."""
        with self._text.open() as stream:
            for rows in _grouped(self._objects(stream)):
                try:
                    yield _batch(rows)
                except orjson.JSONEncodeError as error:  # reading allows more depth than writing
                    raise FileRejectedError(
                        "Lists or objects are nested too deep.",
                        file=self.name,
                        remedy="Flatten the values, or leave them out.",
                    ) from error

    def _objects(self, stream: BinaryIO) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield (object, bytes it takes)."""
        number = 0
        while line := stream.readline(MAX_ROW_BYTES + 1):
            number += 1
            if len(line) > MAX_ROW_BYTES:
                raise self._rejected(
                    f"This line is longer than {MAX_ROW_BYTES // 2**20} MiB.", number
                )
            if line.strip():
                yield self._object(line, number), len(line)

    def _object(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            value = orjson.loads(line.rstrip(b"\r\n"))
        except orjson.JSONDecodeError as error:
            words = f"This is not JSON: {error.msg.partition(':')[0]}."
            raise self._rejected(words, number, error.colno) from error
        if not isinstance(value, dict):
            raise self._rejected("Each line must be a JSON object, {…}.", number)
        if len(value) > MAX_COLUMNS or not all(map(is_column_name, value)):
            words = f"A key is empty or holds a zero byte, or there are more than {MAX_COLUMNS}."
            raise self._rejected(words, number)
        return value

    def _rejected(self, reason: str, line: int, column: int = 1) -> FileRejectedError:
        return FileRejectedError(
            reason,
            file=self.name,
            line=line,
            column=column,
            remedy="Write one JSON object per line, without line breaks inside it.",
        )


def _grouped(objects: Iterator[tuple[dict[str, Any], int]]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    size = 0
    for row, length in objects:
        rows.append(row)
        size += length
        if len(rows) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    names = list(dict.fromkeys(name for row in rows for name in row))
    arrays = [_column([row.get(name) for row in rows]) for name in names]
    if not names:  # objects without a key are rows of nothing
        return pa.RecordBatch.from_arrays([], names=[])
    return pa.RecordBatch.from_arrays(arrays, names=names)


_PLAIN = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}


def _column(values: list[Any]) -> pa.Array:
    """Return int64, float64, bool, string or null; mixed and nested values as their JSON text."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {int, float}:
        kinds = {float}
    if len(kinds) == 1 and (kind := kinds.pop()) in _PLAIN:
        try:
            return pa.array(values, _PLAIN[kind])
        except (OverflowError, pa.ArrowInvalid):
            pass  # beyond 64 bits: kept as text
    return pa.array([_as_text(value) for value in values], pa.string())


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def refuse_json_document(start: bytes, name: str) -> None:
    """Refuse a JSON array, or one object spread over many lines, by how the file begins.

    Raises:
        FileRejectedError: it is JSON but not JSON Lines.
    """
    spread = start.startswith(b"{") and start.split(b"\n", 1)[0].strip() == b"{"
    if start.startswith((b"[{", b"[\n", b"[\r", b"[ ")) or spread:
        raise FileRejectedError(
            "This is one JSON document, not JSON Lines.",
            file=name,
            line=1,
            column=1,
            remedy="Write one object per line, without commas between them "
            "(pandas: to_json(orient='records', lines=True)).",
        )
