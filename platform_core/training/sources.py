"""Rows that a request names, found and fixed: a version, or one part of a split of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.training.errors import TrainingInputError
from platform_core.training.params import MAX_CELLS, MAX_COLUMNS, Source

NUMERIC = frozenset({"int64", "float64", "bool"})


@dataclass(frozen=True)
class Found:
    """A version and, of one of its splits, a part."""

    version: datasets.DatasetVersion
    part: datasets.SplitPart | None

    @property
    def columns(self) -> dict[str, str]:
        """Return name -> type, in order."""
        return {each["name"]: each["type"] for each in self.version.columns}

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        if self.part is None:
            return int(self.version.rows)
        return int(self.part.split.counts.get(self.part.name, self.version.rows))

    @property
    def words(self) -> str:
        """Return the rows as people call them."""
        name = f"{self.version.dataset.name} {self.version.number}"
        return f"{name} · {self.part.name}" if self.part else name

    def as_json(self) -> dict[str, Any]:
        """Return what `fixed` finds it by again."""
        return {
            "version": str(self.version.pk),
            "split": str(self.part.split.pk) if self.part else None,
            "part": self.part.name if self.part else "",
            "words": self.words,
        }


def find(*, actor: Actor, source: Source, field: str) -> Found:
    """Return the rows that a request names.

    Raises:
        DatasetNotFoundError, DatasetNotReadyError: no such rows (yet).
        SplitError: no such part.
        TrainingInputError: a part without its split, or the split of another data set.
    """
    dataset = datasets.get_dataset(actor=actor, key=source.dataset)
    if bool(source.part) != (source.split is not None):
        raise TrainingInputError("`split` and `part` belong together.", field=field)
    if source.split is None:
        return Found(_version(dataset, source.version), None)
    split = datasets.get_split(actor=actor, split_id=source.split, dataset=dataset)
    return Found(split.version, datasets.split_part(split=split, name=source.part))


def fixed(*, actor: Actor, asked: dict[str, Any]) -> Found:
    """Return the rows that `Found.as_json` wrote down.

    Raises:
        DatasetNotFoundError: they were deleted meanwhile.
    """
    version = datasets.get_version(actor=actor, version_id=asked["version"])
    if not asked["split"]:
        return Found(version, None)
    split = datasets.get_split(actor=actor, split_id=asked["split"])
    return Found(version, datasets.split_part(split=split, name=asked["part"]))


def check_columns(found: Found, wanted: Iterable[str], field: str) -> None:
    """Refuse columns that are not there or hold no numbers, and tables beyond the limits.

    Raises:
        TrainingInputError: says which, and what there is.
    """
    names, known = list(wanted), found.columns
    for name in names:
        if name not in known:
            raise TrainingInputError(
                f"“{found.version.dataset.name}” has no column “{name[:80]}”.",
                remedy="Its columns: " + ", ".join(list(known)[:50]),
                field=field,
            )
        if known[name] not in NUMERIC:
            numeric = [each for each, kind in known.items() if kind in NUMERIC]
            raise TrainingInputError(
                f"The column “{name}” holds {known[name]}, and a network takes numbers.",
                remedy="Leave it out by naming the columns in `inputs`. With numbers: "
                + (", ".join(numeric[:50]) or "none"),
                field=field,
            )
    if not names or len(names) > MAX_COLUMNS:
        raise TrainingInputError(
            f"{len(names)} columns were named.", remedy=f"Name 1 to {MAX_COLUMNS:,}.", field=field
        )
    if len(names) * found.rows > MAX_CELLS:
        raise TrainingInputError(
            f"{len(names)} columns of {found.rows:,} rows are more than {MAX_CELLS:,} numbers.",
            remedy="Take fewer columns, or a part of a split.",
            field="dataset",
        )


def _version(dataset: datasets.Dataset, number: int | None) -> datasets.DatasetVersion:
    if number is None:
        return datasets.current_version(dataset=dataset)
    version = datasets.versions(dataset=dataset).filter(number=number).first()
    if version is None or version.state != datasets.DatasetVersion.State.READY:
        raise datasets.DatasetNotReadyError(
            f"The data set “{dataset.name}” has no version {number} that can be read.",
            remedy="Choose a version whose state is “ready”.",
        )
    return version
