"""What may be split, and one part of a split as reading takes it; how rows are assigned is in `masks.py`."""

from dataclasses import dataclass

from platform_core.datasets.errors import DatasetNotReadyError, SplitError
from platform_core.datasets.models import DatasetVersion, Split
from platform_core.datasets.params import SplitSpec

MAX_ROWS = 200_000_000
"""Rows a split sorts at once: 8 bytes each."""
_ORDERED = {"int64", "float64", "date", "timestamp", "timestamp_utc"}


def check(*, version: DatasetVersion, spec: SplitSpec) -> None:
    """Refuse what no job could split.

    Raises:
        SplitError: unknown or unsuitable column, or too many rows.
    """
    types = {column["name"]: column["type"] for column in version.columns}
    if spec.column and spec.column not in types:
        raise SplitError(f"There is no column “{spec.column}”.", columns=list(types)[:200])
    if spec.kind == "time" and types[spec.column] not in _ORDERED:
        raise SplitError(f"“{spec.column}” is {types[spec.column]}; a time or a number is needed.")
    if version.rows > MAX_ROWS:
        raise SplitError(f"Splits take up to {MAX_ROWS:,} rows.")


@dataclass(frozen=True)
class SplitPart:
    """The rows of `name` in `split`."""

    split: Split
    name: str


def split_part(*, split: Split, name: str) -> SplitPart:
    """Return one part of a split for `iter_batches`.

    Raises:
        SplitError: the split has no such part.
        DatasetNotReadyError: its limits are not fixed.
    """
    if split.state != Split.State.READY:
        raise DatasetNotReadyError(
            f"The split is {split.get_state_display().lower()}.",
            remedy="Wait until its state is “ready”, or make another.",
        )
    if name not in split.parts:
        raise SplitError(
            f"The split has no part “{name}”.",
            remedy="Its parts: " + ", ".join(split.parts),
        )
    return SplitPart(split=split, name=name)
