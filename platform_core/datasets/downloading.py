"""Rows on their way out, to who may take them: one Arrow stream, made batch by batch."""

from collections.abc import Iterator, Sequence
from typing import Any

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.datasets import selectors
from platform_core.datasets.models import DatasetVersion
from platform_core.datasets.splitting import SplitPart

CONTENT_TYPE = "application/vnd.apache.arrow.stream"


def rows_as_arrow(
    *,
    actor: Actor,
    version: DatasetVersion,
    columns: Sequence[str] | None = None,
    part: SplitPart | None = None,
) -> Iterator[bytes]:
    """Return the rows as an Arrow IPC stream, leaving an audit entry; refuses before the first byte.

    Memory: a batch of 65,536 rows. pyarrow is imported with the first download of a process.

    Args:
        actor: needs dataset.download.
        version: ready.
        columns: in this order; None takes all.
        part: of a split of the version.

    Raises:
        DatasetNotReadyError, InvalidInputError, PermissionDeniedError.
    """
    from platform_core.datasets import reading  # noqa: PLC0415  (pyarrow stays out of web processes)

    actor.require("dataset.download")
    selectors.require_ready(version=version)
    batches = reading.iter_batches(version=version, columns=columns, split=part)
    audit.record(
        actor=actor,
        action="dataset.download",
        target=f"dataset:{version.dataset_id}",
        details={"version": version.number, "part": part.name if part else ""},
    )
    return _stream(reading.schema_of(version, columns), batches)


def _stream(schema: Any, batches: Iterator[Any]) -> Iterator[bytes]:
    import pyarrow as pa  # noqa: PLC0415

    sink = _Sink()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """Collects what Arrow writes until it is sent."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing: what was written is still to be sent."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
