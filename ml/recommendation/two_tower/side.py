"""One side's features as the towers read them: blocks of numbers and which are there.

Shapes: N users or items of a call, K kinds, W numbers of a kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common import strings
from ml.fusion.blocks import Scale, measure
from ml.recommendation.data import Floats
from ml.recommendation.errors import FeatureShapeError, ModelStateError
from ml.recommendation.factors import required

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Blocks:
    """Blocks float32 (N, W) of every kind, in order, and present float32 (N, K)."""

    blocks: list[Floats]
    present: Floats

    def take(self, rows: NDArray[Any]) -> "Blocks":
        """Return the rows asked for."""
        return Blocks([block[rows] for block in self.blocks], self.present[rows])


@dataclass(frozen=True)
class Side:
    """The kinds of features of one side and their scales."""

    scales: Mapping[str, Scale]

    def read(self, kinds: Mapping[str, Floats], rows: int) -> Blocks:
        """Scale the kinds of `rows` users or items; kinds not given are missing.

        Raises:
            FeatureShapeError: a kind that was not learned from, or of another shape.
        """
        blocks, present_NK = [], np.zeros((rows, len(self.scales)), dtype=np.float32)
        unknown = kinds.keys() - self.scales.keys()
        if unknown:
            raise FeatureShapeError(
                f"The features {sorted(unknown)} were not learned from; known: {sorted(self.scales)}."
            )
        for place, (name, scale) in enumerate(self.scales.items()):
            expected = (rows, len(scale.centre))
            table = kinds.get(name, np.full(expected, np.nan, dtype=np.float32))
            if table.shape != expected:
                raise FeatureShapeError(
                    f"The features {name!r} have shape {table.shape}; expected {expected}."
                )
            block, there_N = scale.apply(table)
            blocks.append(block)
            present_NK[:, place] = there_N
        return Blocks(blocks, present_NK)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Return names and scales."""
        text, offsets = strings.pack(list(self.scales))
        found: dict[str, NDArray[Any]] = {f"{prefix}.names": text, f"{prefix}.offsets": offsets}
        scales = list(self.scales.values())
        found[f"{prefix}.widths"] = np.array([len(each.centre) for each in scales], dtype=np.int64)
        empty = np.zeros(0, dtype=np.float32)
        found[f"{prefix}.centre"] = np.concatenate([empty, *(each.centre for each in scales)])
        found[f"{prefix}.spread"] = np.concatenate([empty, *(each.spread for each in scales)])
        return found

    @classmethod
    def from_arrays(cls, arrays: Arrays, prefix: str) -> "Side":
        """Restore a side.

        Raises:
            ModelStateError: arrays are missing or do not fit together.
        """
        text, offsets, widths, centre, spread = (
            required(arrays, f"{prefix}.{name}", 1)
            for name in ("names", "offsets", "widths", "centre", "spread")
        )
        ends = np.cumsum(widths)[:-1]
        try:
            names = strings.unpack(text, offsets)
        except strings.StringsError as error:
            raise ModelStateError(str(error)) from error
        if len(names) != len(widths) or not widths.sum() == len(centre) == len(spread):
            raise ModelStateError(f"The scales of the {prefix} features do not fit together.")
        parts = zip(names, np.split(centre, ends), np.split(spread, ends), strict=False)
        return cls({name: Scale(middle, width) for name, middle, width in parts})


def learned(kinds: Mapping[str, Floats]) -> Side:
    """Return the side of kinds to learn from."""
    return Side({name: measure(table) for name, table in kinds.items()})
