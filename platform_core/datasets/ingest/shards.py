"""Writes typed batches as encrypted Parquet shards of bounded size."""

import contextlib
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import parquet

from platform_core.datasets.models import DatasetVersion, Shard
from platform_core.vault import api as vault

GROUP_ROWS = 131_072
GROUP_BYTES = 32 * 2**20
SHARD_ROWS = 2_000_000
SHARD_BYTES = 256 * 2**20
"""Of Arrow memory, before Parquet and zstd: about a tenth of it is stored."""


@dataclass
class _Open:
    """The shard being written."""

    row: Shard
    file: vault.EncryptedWriter
    parquet: parquet.ParquetWriter
    bytes: int = 0


class ShardWriter:
    """Context manager: `write` batches, take `shards` after a clean end; an exception leaves none."""

    def __init__(self, *, version: DatasetVersion, folder: str, schema: pa.Schema) -> None:
        self._version, self._folder, self._schema = version, folder, schema
        self._open: _Open | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows, self._waiting_bytes = 0, 0
        self.shards: list[Shard] = []

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self._flush()
            self._finish()
            return
        if self._open is not None:
            self._open.file.abort()
        for shard in self.shards:
            with contextlib.suppress(vault.VaultError):
                vault.delete_object(shard.path)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch; row groups and shards are cut by size."""
        for start in range(0, batch.num_rows, GROUP_ROWS):
            piece = batch.slice(start, GROUP_ROWS)
            self._waiting.append(piece)
            self._waiting_rows += piece.num_rows
            self._waiting_bytes += piece.get_total_buffer_size() * piece.num_rows // batch.num_rows
            if self._waiting_rows >= GROUP_ROWS or self._waiting_bytes >= GROUP_BYTES:
                self._flush()

    def _flush(self) -> None:
        if not self._waiting_rows:
            return
        shard = self._open or self._start()
        group = pa.Table.from_batches(self._waiting)
        shard.parquet.write_table(group, row_group_size=len(group))
        shard.row.rows += len(group)
        shard.bytes += self._waiting_bytes
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0
        if shard.row.rows >= SHARD_ROWS or shard.bytes >= SHARD_BYTES:
            self._finish()

    def _start(self) -> _Open:
        number = len(self.shards)
        row = Shard(
            version=self._version,
            number=number,
            path=f"{self._folder}/{number:05}.parquet",
            rows=0,
            size_bytes=0,
        )
        file = vault.open_writer(
            data_key=self._version.data_key, path=row.path, context=row.context
        )
        writer = parquet.ParquetWriter(file, self._schema, compression="zstd", compression_level=3)
        self._open = _Open(row, file, writer)
        return self._open

    def _finish(self) -> None:
        if self._open is None:
            return
        shard, self._open = self._open, None
        try:
            shard.parquet.close()
            shard.file.close()
        except BaseException:
            shard.file.abort()
            raise
        shard.row.size_bytes = vault.object_size(shard.row.path)
        self.shards.append(shard.row)
