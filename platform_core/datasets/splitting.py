"""One part of a split, as reading takes it; how rows are assigned is in `masks.py`."""

from dataclasses import dataclass

from platform_core.datasets.errors import SplitError
from platform_core.datasets.models import Split


@dataclass(frozen=True)
class SplitPart:
    """The rows of `name` in `split`."""

    split: Split
    name: str


def split_part(*, split: Split, name: str) -> SplitPart:
    """Return one part of a split for `iter_batches`.

    Raises:
        SplitError: the split has no such part.
    """
    if name not in split.spec["parts"]:
        raise SplitError(
            f"The split has no part “{name}”.",
            remedy="Its parts: " + ", ".join(split.spec["parts"]),
        )
    return SplitPart(split=split, name=name)
