"""Columns of a table as the arrays a model takes, each refused by name when it does not fit.

Shapes: N rows, F columns of an input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.training.errors import TrainingError
from ml.training.inputs import Input

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Table:
    """Rows to learn from.

    Attributes:
        inputs: (N, ...) in the order of the model's inputs.
        target: (N, 1), float32 or int64; None for rows to predict.
    """

    inputs: list[NDArray[Any]]
    target: NDArray[Any] | None

    def __len__(self) -> int:
        """Return N."""
        return len(self.inputs[0])


def arrange(
    columns: Columns, inputs: Sequence[Input], target: str | None, field: str = "dataset"
) -> Table:
    """Return the arrays.

    Args:
        columns: name -> (N,), NaN where a value is missing.
        inputs: of the model, in its order.
        target: column to learn; None for rows to predict.
        field: of the request the table comes from.

    Raises:
        TrainingError: no rows, a missing value, or a number an input cannot take.
    """
    rows = len(next(iter(columns.values()))) if columns else 0
    if not rows:
        raise TrainingError("The data has no rows.", "Choose another part or version.", field)
    arrays = [_input(each, columns, field) for each in inputs]
    wanted = None
    if target is not None:
        values_N = _whole(target, columns[target], field)
        exact = values_N.dtype.kind == "i"
        wanted = values_N.astype(np.int64 if exact else np.float32)[:, None]
    return Table(arrays, wanted)


def _input(asked: Input, columns: Columns, field: str) -> NDArray[Any]:
    whole = "int" in asked.dtype
    parts = []
    for name in asked.columns:
        values_N = _whole(name, columns[name], field)
        if whole:
            values_N = _numbers(name, values_N, asked.sizes, field)
        parts.append(values_N)
    table_NF = np.column_stack(parts).astype(np.int64 if whole else np.float32)
    return table_NF.reshape(len(table_NF), *asked.shape)


def _whole(name: str, values_N: NDArray[Any], field: str) -> NDArray[Any]:
    if values_N.dtype.kind == "f":
        missing = int(np.count_nonzero(~np.isfinite(values_N)))
        if missing:
            raise TrainingError(
                f"The column “{name}” lacks a number in {missing:,} of {len(values_N):,} rows.",
                "Clean the data set first: fill the missing values or drop these rows.",
                field,
            )
    return values_N


def _numbers(
    name: str,
    values_N: NDArray[Any],
    sizes: Mapping[str, int],
    field: str,
) -> NDArray[np.int64]:
    """Return whole numbers that every embedding of the input has a row for."""
    ids_N = values_N.astype(np.int64)
    if values_N.dtype.kind == "f" and not np.array_equal(ids_N, values_N):
        raise TrainingError(
            f"The column “{name}” holds fractions; the model looks whole numbers up.",
            "Choose a column of whole numbers, or begin the model with another layer.",
            field,
        )
    for layer, size in sizes.items():
        least, most = int(ids_N.min()), int(ids_N.max())
        if least < 0 or most >= size:
            wrong = least if least < 0 else most
            remedy = (
                "Number the ids from 0."
                if least < 0
                else f"Set input_dim to at least {most + 1}, or number the ids from 0."
            )
            raise TrainingError(
                f"The column “{name}” holds {wrong}; the embedding “{layer}” takes 0 to {size - 1}.",
                remedy,
                field,
            )
    return ids_N


def names_of(inputs: Sequence[Input]) -> list[str]:
    """Return every column the inputs take, once each."""
    return list(dict.fromkeys(name for each in inputs for name in each.columns))
