"""The first rows of a version as JSON cells, so that a preview needs no Parquet reader in web processes."""

import math
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from platform_core.datasets.params import MAX_PREVIEW_ROWS

_MAX_CELL_CHARS = 500
_MAX_COLUMNS = 500


class FirstRows:
    """Keeps the first 200 rows of at most 500 columns; long texts are cut and end in "…"."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Take what is still wanted of a batch."""
        wanted = MAX_PREVIEW_ROWS - len(self.rows)
        if wanted > 0 and batch.num_rows:
            columns = [
                column.slice(0, wanted).to_pylist() for column in batch.columns[:_MAX_COLUMNS]
            ]
            self.rows += [[_cell(value) for value in row] for row in zip(*columns, strict=True)]


def _cell(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MAX_CELL_CHARS:
        return value[:_MAX_CELL_CHARS] + "…"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
