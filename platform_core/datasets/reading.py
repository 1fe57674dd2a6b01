"""Reads versions as Arrow data: decrypts as a stream, only the columns and rows asked for."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyarrow import parquet

from platform_core.datasets import masks, selectors
from platform_core.datasets.errors import DatasetDeletedError
from platform_core.datasets.models import DatasetVersion
from platform_core.datasets.splitting import SplitPart
from platform_core.errors import InvalidInputError
from platform_core.vault import api as vault

BATCH_ROWS = 65_536
ARROW: dict[str, pa.DataType] = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamp_utc": pa.timestamp("us", tz="UTC"),
    "string": pa.string(),
}
"""What a column's type is in Arrow."""


def iter_batches(
    *,
    version: DatasetVersion,
    columns: Sequence[str] | None = None,
    split: SplitPart | None = None,
) -> Iterator[pa.RecordBatch]:
    """See `api.iter_batches`; refuses at the call, not at the first batch."""
    selectors.require_ready(version=version)
    names = [column["name"] for column in version.columns]
    wanted = names if columns is None else list(columns)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise InvalidInputError(
            f"“{version.dataset.name}” has no column {', '.join(f'“{name}”' for name in unknown)}.",
            remedy="Its columns: " + ", ".join(names[:50]),
            columns=names[:200],
        )
    if split is not None and split.split.version_id != version.pk:
        raise InvalidInputError("The split belongs to another version of the data set.")
    return _batches(version, wanted, split)


def _batches(
    version: DatasetVersion, wanted: list[str], part: SplitPart | None
) -> Iterator[pa.RecordBatch]:
    extra = [part.split.spec["column"]] if part and part.split.spec["column"] else []
    read = wanted + [name for name in extra if name not in wanted]
    first_row = 0
    for batch in _shards(version, read):
        chosen = batch
        if part is not None:
            chosen = batch.filter(masks.mask(part=part, batch=batch, first_row=first_row))
        first_row += batch.num_rows
        if chosen.num_rows:
            yield chosen.select(wanted)


def _shards(version: DatasetVersion, read: list[str]) -> Iterator[pa.RecordBatch]:
    try:
        yield from _decrypted(version, read)
    except vault.VaultError as error:
        if DatasetVersion.objects.filter(pk=version.pk).exists():
            raise
        raise DatasetDeletedError(version.dataset.name) from error
    if not version.shards.exists() and version.rows:  # its rows went between two shards
        raise DatasetDeletedError(version.dataset.name)


def _decrypted(version: DatasetVersion, read: list[str]) -> Iterator[pa.RecordBatch]:
    for shard in version.shards.order_by("number"):
        reader = vault.open_reader(
            data_key=version.data_key, path=shard.path, context=shard.context
        )
        with reader, parquet.ParquetFile(reader, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=read, use_threads=False):
                yield batch.select(read)


def read_table(
    *,
    version: DatasetVersion,
    columns: Sequence[str] | None = None,
    split: SplitPart | None = None,
) -> pa.Table:
    """See `api.read_table`."""
    batches = iter_batches(version=version, columns=columns, split=split)
    return pa.Table.from_batches(batches, schema=schema_of(version, columns))


def schema_of(version: DatasetVersion, columns: Sequence[str] | None = None) -> pa.Schema:
    """Return names and types of what `iter_batches` yields."""
    names = [column["name"] for column in version.columns] if columns is None else list(columns)
    types = {column["name"]: ARROW[column["type"]] for column in version.columns}
    return pa.schema([(name, types[name]) for name in names])
