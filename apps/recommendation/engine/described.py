"""A side table as typed attributes: of the interactions' ids, and of those only the table knows.

Shapes: N users or items, T rows of the table.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from apps.recommendation.engine import tables
from apps.recommendation.engine.request import SideTable
from ml.recommendation import attributes
from ml.recommendation.attributes import Attributes, Column, Numbers
from platform_core.datasets import api as datasets

MAX_MEAN_LENGTH = 120  # of a text; longer ones are descriptions, nothing to filter by
MAX_STRANGERS = 5_000
MAX_PLACES = 200_000_000
"""Strangers x known ones: each is placed among all of them when the version is loaded, in some 10 s."""


@dataclass(frozen=True)
class Described:
    """What a table says.

    Attributes:
        known: attributes of the interactions' ids, in their order.
        strangers: id -> attributes, of at most MAX_STRANGERS ids that occur in no interaction.
    """

    known: Attributes = field(default_factory=lambda: Attributes(0, {}))
    strangers: dict[str, dict[str, Any]] = field(default_factory=dict)


def read(version: datasets.DatasetVersion, side: SideTable, names: list[str]) -> Described:
    """Read a table; its last row of an id counts, as for features.

    The id column, texts that are descriptions and columns beyond MAX_ATTRIBUTES are left out.
    """
    columns = dict(tables.read_columns(version))
    own_ids = tables.as_text(columns.pop(side.id_column)).to_pylist()
    row_of = {name: row for row, name in enumerate(own_ids) if name}
    rows_N = np.array([row_of.get(name, -1) for name in names], dtype=np.int64)
    found: dict[str, Column] = {}
    for name, values in columns.items():
        column = _column(values, rows_N)
        if column is not None and len(found) < attributes.MAX_ATTRIBUTES:
            found[name] = column
    known = Attributes(len(names), found)
    for name in names:
        row_of.pop(name, None)
    return Described(known, _strangers(columns, known, row_of))


def _column(values: pa.Array, rows_N: NDArray[np.int64]) -> Column | None:
    if tables.is_number(values):
        numbers_T = np.append(tables.as_numbers(values), np.nan)  # the last stands for no row
        return Numbers(_kind(values.type), numbers_T[rows_N])
    texts = tables.as_text(values)
    if (pc.mean(pc.utf8_length(texts)).as_py() or 0) > MAX_MEAN_LENGTH:
        return None
    listed = [*texts.to_pylist(), None]
    return attributes.texts([listed[row] for row in rows_N.tolist()])


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    return "time" if pa.types.is_timestamp(kind) or pa.types.is_date(kind) else "number"


def _strangers(
    columns: dict[str, pa.Array], known: Attributes, row_of: dict[str, int]
) -> dict[str, dict[str, Any]]:
    """Return the attributes of ids that only the table knows, the table's last rows first."""
    most = min(MAX_STRANGERS, MAX_PLACES // max(known.n, 1))
    chosen = sorted(row_of.items(), key=lambda pair: -pair[1])[:most]
    rows = pa.array([row for _, row in chosen], type=pa.int64())
    listed = {name: _plain(columns[name].take(rows)) for name in known.columns}
    return {
        name: {
            attribute: values[at] for attribute, values in listed.items() if values[at] is not None
        }
        for at, (name, _) in enumerate(chosen)
    }


def _plain(values: pa.Array) -> list[Any]:
    if not tables.is_number(values):
        texts: list[str | None] = tables.as_text(values).to_pylist()
        return texts
    numbers = tables.as_numbers(values).tolist()
    return [None if math.isnan(number) else number for number in numbers]
