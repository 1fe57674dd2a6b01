"""The request log as a data set: one row for each prediction, label beside it."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from platform_core.datasets import api as datasets
from platform_core.errors import InvalidInputError
from platform_core.jobs.api import JobContext
from platform_core.monitoring.engine.judging import labels_of
from platform_core.monitoring.errors import NothingLoggedError
from platform_core.serving import api as serving

MAX_ROWS, MAX_CELLS = 1_000_000, 50_000_000
"""Of one data set: what is held in memory while it is written, 400 MB of numbers."""


def endpoint_of(context: JobContext) -> serving.Endpoint:
    """Return the endpoint a job is about.

    Raises:
        NothingLoggedError: it was deleted meanwhile.
    """
    rows = serving.endpoints(actor=context.actor).filter(pk=context.params["endpoint"])
    endpoint = rows.select_related("organisation").first()
    if endpoint is None:
        raise NothingLoggedError("The endpoint was deleted meanwhile.")
    return endpoint


def make_dataset(context: JobContext) -> Mapping[str, Any]:
    """Write what was logged in the span as Parquet, upload it and queue its ingest."""
    endpoint = endpoint_of(context)
    span = {key: datetime.fromisoformat(context.params[key]) for key in ("since", "until")}
    labels = labels_of(endpoint)
    context.update(0.1, "Reading the request log")
    columns: dict[str, list[Any]] = {}
    rows = 0
    for record in serving.request_log.records(endpoint=endpoint, **span):
        for cells in _rows(record, labels):
            for name in cells.keys() - columns.keys():
                columns[name] = [None] * rows
            for name, values in columns.items():
                values.append(cells.get(name))
            rows += 1
        if rows >= MAX_ROWS or rows * len(columns) >= MAX_CELLS:
            context.log(f"The data set ends after {rows} rows, the most it may have.")
            break
    if not rows:
        raise NothingLoggedError("Nothing was logged in that time.")
    context.update(0.7, "Writing the data set")
    return _upload(context, columns, rows)


def _upload(context: JobContext, columns: dict[str, list[Any]], rows: int) -> dict[str, Any]:
    try:
        table = pa.table(columns)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InvalidInputError(
            f"The versions logged in that time do not make one table: {str(error)[:200]}",
            remedy="Choose a span in which one version answered.",
        ) from error
    sink = io.BytesIO()
    pq.write_table(table, sink)
    sink.seek(0)
    with context.fenced():
        upload = datasets.upload_bytes(actor=context.actor, filename="log.parquet", stream=sink)
        dataset = datasets.create_dataset(
            actor=context.actor, name=context.params["name"], uploads=[upload]
        )
    return {"dataset": str(dataset.pk), "rows": rows}


def _rows(record: Any, labels: Mapping[tuple[str, int], Any]) -> Iterator[dict[str, Any]]:
    at = datetime.fromtimestamp(record.at, UTC)
    for row in range(record.rows):
        cells = {
            "prediction_id": record.id,
            "row": row,
            "at": at,
            "version": record.version,
            "alias": record.alias,
            "label": _text(labels.get((record.id, row))),
        }
        for tensors, prefix in ((record.inputs, ""), (record.outputs, "output_")):
            for name, array in tensors.items():
                cells |= _cells(prefix + name, array, row, record.rows)
        yield cells


def _cells(name: str, array: Any, row: int, rows: int) -> dict[str, Any]:
    one = array[row] if array.ndim and len(array) == rows else array
    values = np.asarray(one, dtype=array.dtype).reshape(-1)
    if len(values) == 1:
        return {name: _plain(values[0])}
    return {f"{name}_{number}": _plain(value) for number, value in enumerate(values)}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if hasattr(value, "item") else value


def _text(value: Any) -> str | None:
    """Return a label as text: labels of one endpoint need not be of one type."""
    return None if value is None else str(value)
