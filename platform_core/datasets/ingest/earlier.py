"""An earlier version as a source: its rows are typed already."""

from collections.abc import Iterator

import pyarrow as pa

from platform_core.datasets.ingest.opening import Tick
from platform_core.datasets.ingest.source import Note
from platform_core.datasets.models import DatasetVersion
from platform_core.datasets.reading import iter_batches


class VersionSource:
    """The rows of a ready version."""

    quoted = True

    def __init__(self, version: DatasetVersion, tick: Tick) -> None:
        self.name = f"version {version.number}"
        self.columns: list[str] | None = [column["name"] for column in version.columns]
        self.notes: list[Note] = []
        self._version, self._tick = version, tick

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order."""
        share = self._version.size_bytes / max(self._version.rows, 1)
        for batch in iter_batches(version=self._version):
            self._tick(round(share * batch.num_rows))
            yield batch
