"""What is known about a version: the words its registration takes, brought into plain JSON."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from platform_core.registry.errors import FactsInvalidError

_MAX_DEPTH = 20


@dataclass(frozen=True)
class ModelSpec:
    """The model a version is registered under; created with the first version.

    Attributes:
        name: follows NAME_GRAMMAR, unique in the organisation.
        application, task: must stay the same for every version of the name.
        description: one or two sentences; only used when the model is created.
    """

    name: str
    application: str
    task: str
    description: str = ""


@dataclass(frozen=True)
class Lineage:
    """What a version was made of.

    Attributes:
        dataset_versions: ids of `datasets.DatasetVersion` rows.
        code_version: commit or release of the training code.
        seed: of every random number generator; None if there is none.
        job_id: the job that trained it.
    """

    dataset_versions: tuple[UUID, ...] = ()
    code_version: str = ""
    seed: int | None = None
    job_id: UUID | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the lineage in plain JSON."""
        return {
            "dataset_versions": [str(one) for one in self.dataset_versions],
            "code_version": self.code_version,
            "seed": self.seed,
            "job_id": str(self.job_id) if self.job_id else None,
        }


def plain(value: Any, *, place: str, depth: int = 0) -> Any:
    """Return `value` as plain JSON: numbers of numpy become Python's, NaN and infinities null.

    Raises:
        FactsInvalidError: something JSON cannot hold; `place` names it.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth < _MAX_DEPTH and isinstance(value, Mapping):
        return {
            str(key): plain(one, place=f"{place}.{key}", depth=depth + 1)
            for key, one in value.items()
        }
    if depth < _MAX_DEPTH and isinstance(value, list | tuple):
        return [plain(one, place=f"{place}[]", depth=depth + 1) for one in value]
    if callable(getattr(value, "item", None)) and getattr(value, "size", 0) == 1:
        return plain(value.item(), place=place, depth=_MAX_DEPTH)
    raise FactsInvalidError(
        f"{place} is {type(value).__name__}, which cannot be recorded.",
        remedy="Record numbers, text, and lists or mappings of them.",
        field=place,
    )
