"""A uniform random sample of rows of a stream, in bounded memory."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MAX_ROWS = 100_000
MAX_CELLS = 2_000_000
MAX_TEXT = 200
"""Longer texts are cut: a sample is for counting and drawing, not for keeping documents."""
_SEED = 20_061


class RowSample:
    """Keeps the rows with the smallest of random keys (bottom-k sampling): all rows while they fit."""

    def __init__(self, columns: int) -> None:
        self._limit = max(1000, min(MAX_ROWS, MAX_CELLS // max(columns, 1)))
        self._random = np.random.default_rng(_SEED)
        self._parts: list[pa.RecordBatch] = []
        self._keys: list[np.ndarray] = []
        self._worst = 1.0
        self._held = 0
        self.is_partial = False

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in a batch."""
        keys = self._random.random(batch.num_rows)
        if self.is_partial:
            chosen = np.flatnonzero(keys < self._worst)
            keys, batch = keys[chosen], batch.take(pa.array(chosen))
        self._parts.append(_cut(batch))
        self._keys.append(keys)
        self._held += len(keys)
        if self._held > self._limit * (2 if self.is_partial else 1):
            self._shrink()

    def _shrink(self) -> None:
        keys, table = np.concatenate(self._keys), pa.Table.from_batches(self._parts)
        if len(keys) <= self._limit:
            return
        kept = np.sort(np.argpartition(keys, self._limit)[: self._limit])
        self._keys, self._parts = (
            [keys[kept]],
            table.take(pa.array(kept)).combine_chunks().to_batches(),
        )
        self._worst, self._held, self.is_partial = float(keys[kept].max()), self._limit, True

    def table(self) -> pa.Table:
        """Return the sampled rows in the order of the stream."""
        self._shrink()
        return pa.Table.from_batches(self._parts) if self._parts else pa.table({})


def _cut(batch: pa.RecordBatch) -> pa.RecordBatch:
    arrays = [
        pc.utf8_slice_codeunits(column, 0, MAX_TEXT) if column.type == pa.string() else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
