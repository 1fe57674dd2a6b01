"""Parquet, read row group by row group; nested columns become JSON text, the rest one of our types."""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from platform_core.datasets.errors import FileRejectedError
from platform_core.datasets.ingest.opening import Member
from platform_core.datasets.ingest.source import Note, is_column_name
from platform_core.datasets.params import GIB, MAX_COLUMNS, MAX_UNPACKED_BYTES

MAGIC = b"PAR1"
_BATCH_ROWS = 32_768
_MAX_GROUP_BYTES = 2 * GIB


class ParquetSource:
    """One Parquet file."""

    quoted = True

    def __init__(self, member: Member) -> None:
        self.name = member.name
        self._member = member
        self.notes: list[Note] = []
        with self._opened() as file:
            self.columns: list[str] | None = self._check(file)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in our types."""
        with self._opened() as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
                arrays = [
                    self._normal(batch.column(i), field.name)
                    for i, field in enumerate(batch.schema)
                ]
                yield pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)

    @contextmanager
    def _opened(self) -> Iterator[parquet.ParquetFile]:
        with self._member.open() as stream:
            try:
                with parquet.ParquetFile(stream, pre_buffer=False) as file:
                    yield file
            except (pa.ArrowException, OSError, ValueError) as error:
                raise FileRejectedError(
                    f"The Parquet file is damaged ({str(error)[:150]}).",
                    file=self.name,
                    remedy="Write or download it again.",
                ) from error

    def _check(self, file: parquet.ParquetFile) -> list[str]:
        """Return the columns of a file that is safe to read."""
        names: list[str] = file.schema_arrow.names
        metadata = file.metadata
        groups = [metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)]
        problem = ""
        if not metadata.num_rows:
            problem = "The file has columns but not a single row."
        elif len(names) > MAX_COLUMNS:
            problem = f"There are {len(names)} columns; {MAX_COLUMNS} are taken."
        elif len(set(names)) < len(names) or not all(
            is_column_name(name.strip()) for name in names
        ):
            problem = "A column name is empty, holds a zero byte or occurs twice."
        elif sum(groups) > MAX_UNPACKED_BYTES or max(groups) > _MAX_GROUP_BYTES:
            problem = f"A row group is larger than {_MAX_GROUP_BYTES // GIB} GiB unpacked."
        if problem:
            raise FileRejectedError(problem, file=self.name)
        return names

    def _normal(self, values: pa.Array, column: str) -> pa.Array:
        kind = values.type
        if pa.types.is_dictionary(kind):
            return self._normal(values.dictionary_decode(), column)
        try:
            return _converted(values)
        except (
            pa.ArrowInvalid,
            pa.ArrowNotImplementedError,
            orjson.JSONEncodeError,
            UnicodeDecodeError,
        ) as error:
            raise FileRejectedError(
                f"Column “{column}” ({kind}) cannot be read as text, number or time.",
                file=self.name,
                remedy="Leave the column out, or write it as text.",
            ) from error


def _converted(values: pa.Array) -> pa.Array:
    kind, types = values.type, pa.types
    if types.is_null(kind) or types.is_string(kind) or types.is_boolean(kind) or kind == pa.int64():
        return values
    if types.is_nested(kind):
        texts = [
            None if v is None else orjson.dumps(v, default=str).decode() for v in values.to_pylist()
        ]
        return pa.array(texts, pa.string())
    if types.is_timestamp(kind):
        to = pa.timestamp("us", tz="UTC" if kind.tz else None)
        return pc.cast(values, to, safe=False)
    return pc.cast(values, _target(kind))


def _target(kind: pa.DataType) -> pa.DataType:
    types = pa.types
    if types.is_integer(kind):
        return pa.int64()
    if types.is_floating(kind) or types.is_decimal(kind):
        return pa.float64()
    return pa.date32() if types.is_date(kind) else pa.string()
