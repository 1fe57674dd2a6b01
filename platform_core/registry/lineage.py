"""What a version was made of, with addresses to go on to."""

from dataclasses import dataclass
from uuid import UUID

from platform_core.datasets import api as datasets
from platform_core.registry.models import ModelVersion


@dataclass(frozen=True)
class Source:
    """A data set version a model was trained on; `dataset` is None once it was deleted."""

    id: str
    dataset: datasets.Dataset | None = None
    number: int | None = None
    rows: int | None = None

    def __str__(self) -> str:
        return f"{self.dataset.name} v{self.number}" if self.dataset else f"deleted ({self.id})"


def sources(version: ModelVersion) -> list[Source]:
    """Return the data set versions in the order recorded."""
    ids = [UUID(one) for one in version.dataset_versions]
    rows = datasets.DatasetVersion.objects.select_related("dataset").filter(
        pk__in=ids, dataset__organisation_id=version.organisation_id
    )
    found = {row.pk: row for row in rows}
    return [
        Source(str(one), found[one].dataset, found[one].number, found[one].rows)
        if one in found
        else Source(str(one))
        for one in ids
    ]
