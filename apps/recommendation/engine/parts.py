"""The users of an evaluation in parts, by the columns of their table.

Shapes: B measured users.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from apps.recommendation.engine import tables
from apps.recommendation.engine.request import SideTable
from ml.recommendation import segments
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets

MAX_COLUMNS = 6
MANY_VALUES = 12
"""A column of numbers with more values than that is cut into ranges."""


def of_attributes(
    actor: Actor, side: SideTable | None, user_ids: Sequence[str]
) -> list[segments.Segment]:
    """Return the segments of the columns that make some, at most MAX_COLUMNS of them."""
    if side is None:
        return []
    version = datasets.get_version(actor=actor, version_id=side.version_id)
    columns = dict(tables.read_columns(version))
    row_of = {
        name: row
        for row, name in enumerate(tables.as_text(columns.pop(side.id_column)).to_pylist())
    }
    rows_B = [row_of.get(name) for name in user_ids]
    found = [_segments(name, column, rows_B) for name, column in columns.items()]
    return [segment for made in [each for each in found if each][:MAX_COLUMNS] for segment in made]


def _segments(name: str, column: pa.Array, rows_B: Sequence[int | None]) -> list[segments.Segment]:
    if tables.is_number(column) and len(column.unique()) > MANY_VALUES:
        values_T = tables.as_numbers(column)
        numbers_B = [np.nan if row is None else values_T[row] for row in rows_B]
        return segments.by_number(name, np.array(numbers_B))
    texts = tables.as_text(column).to_pylist()
    return segments.by_value(name, [None if row is None else texts[row] for row in rows_B])
