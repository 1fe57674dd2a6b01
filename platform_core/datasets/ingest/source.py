"""What every kind of input looks like to the pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Note:
    """Something reading a file showed that people should know; becomes a quality issue."""

    kind: str
    column: str = ""
    count: int = 0
    params: dict[str, Any] = field(default_factory=dict)


def is_column_name(name: str) -> bool:
    """False for no name at all, and for NUL, which no database takes in a text."""
    return bool(name) and "\0" not in name


class Source(Protocol):
    """One table file, or an earlier version.

    Attributes:
        name: as people know it.
        columns: in order; None where only reading everything tells (JSON Lines).
        quoted: its texts were marked as texts, see `types.Evidence.add`.
        notes: what reading showed.
    """

    name: str
    columns: list[str] | None
    quoted: bool
    notes: list[Note]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all rows in bounded batches, from the start at every call; of `reading.ARROW` or null.

        Raises:
            FileRejectedError: the file cannot be read further.
        """
