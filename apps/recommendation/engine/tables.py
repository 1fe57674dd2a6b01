"""Reads encrypted data sets into arrays: ids of any type become the user's own strings.

Shapes: N rows kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apps.recommendation.errors import ColumnUnknownError, TrainingDataError
from platform_core.datasets import api as datasets


@dataclass
class Ids:
    """Numbers strings in order of first appearance."""

    codes: dict[str, int] = field(default_factory=dict)

    def add(self, column: pa.Array) -> NDArray[np.int64]:
        """Return the code of every value; -1 where the value is missing or empty."""
        encoded = as_text(column).dictionary_encode()
        known = [
            self.codes.setdefault(value, len(self.codes)) if value else -1
            for value in encoded.dictionary.to_pylist()
        ]
        codes_K = np.array([*known, -1], dtype=np.int64)  # the last one stands for null
        places_N = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
        return np.asarray(codes_K[places_N], dtype=np.int64)

    def names(self) -> list[str]:
        """Return the strings in order of their codes."""
        return list(self.codes)


@dataclass(frozen=True)
class Columns:
    """Which column is what."""

    user: str
    item: str
    rating: str | None = None
    time: str | None = None

    def names(self) -> list[str]:
        """Return the columns to read, each once."""
        given = (self.user, self.item, self.rating, self.time)
        return list(dict.fromkeys(name for name in given if name))


@dataclass(frozen=True)
class Rows:
    """The interactions as read, each array (N,); rows lacking an id are left out and counted."""

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    ratings: NDArray[np.float64] | None
    times: NDArray[np.float64] | None
    skipped: int


def check_columns(version: datasets.DatasetVersion, named: dict[str, str | None]) -> None:
    """Raise ColumnUnknownError for the first parameter whose column does not exist."""
    known = [str(column["name"]) for column in version.columns]
    for parameter, name in named.items():
        if name and name not in known:
            raise ColumnUnknownError(
                f"The data set has no column {name[:80]!r}.",
                remedy=f"Its columns are: {', '.join(known[:50])}.",
                field=parameter,
            )


def read_interactions(
    version: datasets.DatasetVersion, columns: Columns, users: Ids, items: Ids
) -> Rows:
    """Read all interactions, numbering users and items on the way.

    Raises:
        TrainingDataError: a rating or time column that holds no numbers.
    """
    parts: list[tuple[NDArray[Any], ...]] = []
    skipped = 0
    for batch in datasets.iter_batches(version=version, columns=columns.names()):
        part = _part(batch, columns, users, items)
        kept_N = (part[0] >= 0) & (part[1] >= 0)
        skipped += int((~kept_N).sum())
        parts.append(tuple(array[kept_N] for array in part))
    joined = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)] if parts else []
    if not joined:
        joined = [np.zeros(0, dtype=np.int64)] * len(columns.names())
    extra = iter(joined[2:])
    ratings_N = next(extra) if columns.rating else None
    times_N = next(extra) if columns.time else None
    return Rows(joined[0], joined[1], ratings_N, times_N, skipped)


def read_columns(version: datasets.DatasetVersion) -> Iterator[tuple[str, pa.Array]]:
    """Yield every column of a side table as one array."""
    table = datasets.read_table(version=version)
    for name in table.column_names:
        yield name, table.column(name).combine_chunks()


def as_text(column: pa.Array) -> pa.Array:
    """Return values as strings; whole numbers read as decimals (a column with gaps) lose the `.0`."""
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        whole = pc.all(pc.equal(column, pc.floor(column))).as_py()
        column = column.cast(pa.int64()) if whole else column
    return column.cast(pa.large_string())


def is_number(column: pa.Array) -> bool:
    """True for numbers, truth values and times."""
    kind = column.type
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_temporal(kind)
    )


def as_numbers(column: pa.Array) -> NDArray[np.float64]:
    """Return float64 (N,) with NaN where missing; times become seconds UTC.

    Raises:
        TrainingDataError: the column holds text.
    """
    kind = column.type
    if not is_number(column):
        raise TrainingDataError(f"it holds {kind}, not numbers")
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("us"))
    if pa.types.is_timestamp(column.type):
        micros = column.cast(pa.timestamp("us", tz=column.type.tz)).cast(pa.int64())
        return np.asarray(pc.divide(micros.cast(pa.float64()), 1e6).to_numpy(zero_copy_only=False))
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    values = column.cast(pa.float64()).fill_null(float("nan"))
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def _part(
    batch: pa.RecordBatch, columns: Columns, users: Ids, items: Ids
) -> tuple[NDArray[Any], ...]:
    arrays: list[NDArray[Any]] = [
        users.add(batch.column(columns.user)),
        items.add(batch.column(columns.item)),
    ]
    for word, name in (("rating", columns.rating), ("time", columns.time)):
        if name:
            arrays.append(_named_numbers(word, name, batch.column(name)))
    return tuple(arrays)


def _named_numbers(word: str, name: str, column: pa.Array) -> NDArray[np.float64]:
    try:
        return as_numbers(column)
    except TrainingDataError as error:
        raise TrainingDataError(
            f"The {word} column {name[:80]!r} cannot be used: {error.detail}.",
            remedy="Choose a column of numbers, or leave it out.",
            field=f"{word}_column",
        ) from error
