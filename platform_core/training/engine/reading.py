"""Columns of a data set as arrays.

Shapes: N rows.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platform_core.datasets import api as datasets
from platform_core.training.sources import Found


def columns(found: Found, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return name -> (N,): int64 where every value is there, else float64 with NaN."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    wanted = list(parts)
    for batch in datasets.iter_batches(version=found.version, columns=wanted, split=found.part):
        for name in wanted:
            parts[name].append(_numbers(batch.column(name)))
    return {name: np.concatenate(each or [np.empty(0)]) for name, each in parts.items()}


def _numbers(column: Any) -> NDArray[Any]:
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype == object:  # booleans, some of them missing
        return np.array([np.nan if each is None else float(each) for each in values])
    return np.asarray(values, np.float64 if values.dtype.kind == "f" else np.int64)
