"""Users and items tables as features and titles, in the order of the interactions' ids.

Shapes: U users or items, T rows of the table, F columns.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from apps.recommendation.engine import tables
from apps.recommendation.engine.request import SideTable
from ml.recommendation import encode
from ml.recommendation.data import Floats
from platform_core.datasets import api as datasets

_TITLE_NAMES = ("title", "name", "product_name", "item_name", "label")
MAX_TITLE = 300


@dataclass(frozen=True)
class SideData:
    """What a table says about each user or item.

    Attributes:
        features: float32 (U, F) or None.
        titles: one text each; empty when the table has none.
        words: what was used and left out, for the job's log.
    """

    features: Floats | None
    titles: list[str]
    words: str


def read(
    version: datasets.DatasetVersion, side: SideTable, ids: tables.Ids, *, adds: bool, word: str
) -> SideData:
    """Read a table; its last row of an id counts.

    Args:
        version: the table.
        side: its columns.
        ids: of the interactions; extended by the table's other ids when `adds`.
        adds: for models that know a user or item by its features alone.
        word: "items" or "users", for messages.
    """
    named = {f"{word}.id_column": side.id_column, f"{word}.title_column": side.title_column}
    tables.check_columns(version, named)
    columns = dict(tables.read_columns(version))
    own_ids = columns.pop(side.id_column)
    if adds:
        ids.add(own_ids)
    rows = _row_of_each(own_ids, ids)
    encoded = encode.encode(
        {name: _plain(column) for name, column in columns.items()}, len(own_ids)
    )
    title = side.title_column or _guess_title(columns)
    titles = _titles(columns[title], rows) if title in columns else []
    return SideData(
        features=_placed(encoded.table, rows) if encoded.names else None,
        titles=titles,
        words=_words(encoded, word, int((rows >= 0).sum())),
    )


def _row_of_each(
    own_ids: pa.Array, ids: tables.Ids
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Return the table's row of each known id, -1 without one."""
    rows = np.full(len(ids.codes), -1, dtype=np.int64)
    for row, name in enumerate(tables.as_text(own_ids).to_pylist()):
        if name in ids.codes:
            rows[ids.codes[name]] = row
    return rows


def _placed(table_TF: Floats, rows_U: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Floats:
    """Return the features in the order of the ids; ids without a row get the mean."""
    missing_U = rows_U < 0
    placed_UF = table_TF[np.maximum(rows_U, 0)]
    placed_UF[missing_U] = table_TF.mean(axis=0)
    return placed_UF


def _plain(column: pa.Array) -> encode.Column:
    if tables.is_number(column):
        return tables.as_numbers(column)
    texts: list[str | None] = tables.as_text(column).to_pylist()
    return texts


def _guess_title(columns: dict[str, pa.Array]) -> str:
    by_lower = {name.lower(): name for name in columns}
    return next((by_lower[name] for name in _TITLE_NAMES if name in by_lower), "")


def _titles(column: pa.Array, rows_U: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> list[str]:
    texts = tables.as_text(column).to_pylist()
    return [(texts[row] or "")[:MAX_TITLE] if row >= 0 else "" for row in rows_U.tolist()]


def _words(encoded: encode.Encoded, word: str, found: int) -> str:
    left_out = f"; left out: {', '.join(encoded.left_out)}" if encoded.left_out else ""
    return f"The {word} table describes {found} {word} by {len(encoded.names)} numbers{left_out}."
