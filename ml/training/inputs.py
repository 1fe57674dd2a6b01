"""What a model takes: its inputs, the columns each is made of, and what they may hold.

Shapes: F columns of an input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Input:
    """One input of a model.

    Attributes:
        name: of the tensor.
        columns: (F,), in order.
        dtype: as Keras names it.
        shape: of one row.
        sizes: what embeddings right after it can take: layer -> numbers from 0.
    """

    name: str
    columns: tuple[str, ...]
    dtype: str
    shape: tuple[int, ...]
    sizes: Mapping[str, int]


def as_json(inputs: Sequence[Input]) -> list[dict[str, Any]]:
    """Return inputs in plain JSON, for a manifest."""
    return [
        {**asdict(each), "columns": list(each.columns), "shape": list(each.shape)}
        for each in inputs
    ]


def from_json(raw: Sequence[Mapping[str, Any]]) -> list[Input]:
    """Return the inputs that `as_json` wrote."""
    return [
        Input(
            each["name"],
            tuple(each["columns"]),
            each["dtype"],
            tuple(each["shape"]),
            dict(each["sizes"]),
        )
        for each in raw
    ]
