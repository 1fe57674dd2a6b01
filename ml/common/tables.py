"""Compressed forms of a table of vectors, and the way back.

A compressed table takes the place of the array it came from: `items` becomes `items@pq.codes` and
`items@pq.codebooks`. `expand` puts the tables back, so that whoever loads the arrays need not know.

Shapes: N rows, D columns, R rank, M blocks of D/M columns each.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ml.common.named import Named

MARK = "@"


class TableError(ValueError):
    """A compressed table is incomplete or its parts do not fit."""


def _half(parts: Named) -> NDArray[np.float32]:
    return parts["values"].astype(np.float32)


def _int8(parts: Named) -> NDArray[np.float32]:
    return parts["values"].astype(np.float32) * parts["scales"][:, None]


def _low_rank(parts: Named) -> NDArray[np.float32]:
    return (parts["left"].astype(np.float32) @ parts["right"].astype(np.float32)).astype(np.float32)


def _product_quantised(parts: Named) -> NDArray[np.float32]:
    """Look every block of every row up in its codebook. Source: Jegou et al. 2011."""
    codes_NM, books_MKB = parts["codes"], parts["codebooks"].astype(np.float32)
    blocks = [books_MKB[m][codes_NM[:, m]] for m in range(codes_NM.shape[1])]
    return np.concatenate(blocks, axis=1)


DECODERS: Mapping[str, Callable[[Named], NDArray[np.float32]]] = {
    "fp16": _half,
    "int8": _int8,
    "lowrank": _low_rank,
    "pq": _product_quantised,
}
"""Form -> function from its parts to the table, float32 (N, D)."""


def expand(arrays: Named) -> Named:
    """Return the arrays with every compressed table in its full form, float32.

    Raises:
        TableError: an unknown form, or parts that are missing or do not fit.
    """
    if not any(MARK in name for name in arrays):
        return arrays
    plain = {name: each for name, each in arrays.items() if MARK not in name}
    parts: dict[tuple[str, str], Named] = {}
    for name, each in arrays.items():
        if MARK in name:
            table, _, rest = name.partition(MARK)
            form, _, part = rest.partition(".")
            parts.setdefault((table, form), {})[part] = each
    for (table, form), found in parts.items():
        plain[table] = _decode(table, form, found)
    return plain


def _decode(table: str, form: str, parts: Named) -> NDArray[np.float32]:
    if form not in DECODERS:
        raise TableError(f"The table {table!r} has the unknown form {form!r}.")
    try:
        return np.ascontiguousarray(DECODERS[form](parts))
    except (KeyError, IndexError, ValueError) as error:
        raise TableError(f"The {form} form of the table {table!r} is damaged: {error}") from error
