"""Columns of a users or items table as numbers.

Numbers and truth values stay one column; text becomes one column per frequent value, where `a|b|c`
counts as three values; text in which hardly anything repeats (titles, descriptions) is left out.

Shapes: N rows, F columns made.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.recommendation.data import Floats

MAX_VALUES = 64  # columns one text column may become
MAX_COLUMNS = 256
CLIP = 5.0  # deviations; one mistyped year must not drown the rest
SEPARATOR = "|"

Column = NDArray[np.floating] | Sequence[str | None]


@dataclass(frozen=True)
class Encoded:
    """float32 (N, F) with a name for each column, and the table's columns that were left out."""

    table: Floats
    names: tuple[str, ...]
    left_out: tuple[str, ...]


def encode(columns: Mapping[str, Column], rows: int) -> Encoded:
    """Encode the columns of one table of `rows` rows; at most MAX_COLUMNS come out."""
    blocks: list[Floats] = []
    names: list[str] = []
    left_out: list[str] = []
    for name, column in columns.items():
        block, made = _number(name, column) if _is_number(column) else _text(name, column)
        if not made or len(names) + len(made) > MAX_COLUMNS:
            left_out.append(name)
            continue
        blocks.append(block)
        names.extend(made)
    table_NF = np.hstack(blocks) if blocks else np.zeros((rows, 0), dtype=np.float32)
    return Encoded(table_NF, tuple(names), tuple(left_out))


def _is_number(column: Column) -> bool:
    return isinstance(column, np.ndarray)


def _number(name: str, column: Column) -> tuple[Floats, list[str]]:
    """Return z-scores with missing values at the mean; nothing when all are equal or missing."""
    values_N = np.asarray(column, dtype=np.float64)
    known_N = values_N[np.isfinite(values_N)]
    if len(known_N) == 0 or known_N.std() == 0:
        return np.zeros((len(values_N), 0), dtype=np.float32), []
    scores_N = (values_N - known_N.mean()) / known_N.std()
    scores_N = np.clip(np.where(np.isfinite(scores_N), scores_N, 0.0), -CLIP, CLIP)
    return scores_N.astype(np.float32)[:, None], [name]


def _text(name: str, column: Column) -> tuple[Floats, list[str]]:
    """Return one column per value that occurs at least twice, the most frequent ones first."""
    values = [_values(text) for text in column]
    counts = Counter(value for row in values for value in row)
    # equally frequent values in order of the alphabet: sets have another order in every process
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    frequent = [value for value, count in ranked[:MAX_VALUES] if count >= 2]
    if sum(counts[value] for value in frequent) * 2 < sum(counts.values()):
        frequent = []
    place = {value: index for index, value in enumerate(frequent)}
    block_NF = np.zeros((len(values), len(frequent)), dtype=np.float32)
    for row, row_values in enumerate(values):
        for value in row_values:
            if value in place:
                block_NF[row, place[value]] = 1.0
    return block_NF, [f"{name}={value}" for value in frequent]


def _values(text: object) -> set[str]:
    return {part.strip() for part in str(text).split(SEPARATOR) if part.strip()} if text else set()
