"""Reads; never outside the actor's organisation."""

import uuid

from django.db.models import Prefetch, QuerySet

from platform_core.accounts.api import Actor
from platform_core.datasets.errors import DatasetNotFoundError, DatasetNotReadyError
from platform_core.datasets.models import Dataset, DatasetVersion, Split

_NOBODY = uuid.UUID(int=0)


def _uuid(text: object) -> uuid.UUID:
    """Return the id a text spells, or one that no row has."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return _NOBODY


def datasets(*, actor: Actor) -> "QuerySet[Dataset]":
    """Return the organisation's data sets, newest first."""
    actor.require("dataset.view")
    return Dataset.objects.owned_by(actor.organisation)


def datasets_with_versions(*, actor: Actor) -> "QuerySet[Dataset]":
    """Return the data sets, each with its ready versions, newest first, as the list `ready`.

    The sealed findings, of which a list shows nothing, are not read.
    """
    ready = DatasetVersion.objects.filter(state=DatasetVersion.State.READY)
    rows = ready.order_by("-number").defer("sealed_findings")
    return datasets(actor=actor).prefetch_related(
        Prefetch("versions", queryset=rows, to_attr="ready")
    )


def get_dataset(*, actor: Actor, key: object) -> Dataset:
    """Return a data set by its id or its name.

    Raises:
        DatasetNotFoundError: there is none in the organisation.
    """
    rows = datasets(actor=actor)
    found = rows.filter(pk=_uuid(key)).first() or rows.filter(name=str(key)).first()
    if found is None:
        raise DatasetNotFoundError(f"There is no data set “{str(key)[:120]}” in your organisation.")
    return found


def versions(*, dataset: Dataset) -> "QuerySet[DatasetVersion]":
    """Return the versions, newest first, those being made and those refused too."""
    return dataset.versions.select_related("data_key", "dataset", "base").order_by("-number")


def newest_ready(*, dataset: Dataset) -> DatasetVersion | None:
    """Return the newest version that can be read, if there is one yet."""
    return versions(dataset=dataset).filter(state=DatasetVersion.State.READY).first()


def being_made(*, dataset: Dataset) -> DatasetVersion | None:
    """Return the version a job is making, if one is."""
    return dataset.versions.filter(state=DatasetVersion.State.PREPARING).first()


def current_version(*, dataset: Dataset) -> DatasetVersion:
    """Return the newest version that can be read.

    Raises:
        DatasetNotReadyError: there is none yet.
    """
    found = newest_ready(dataset=dataset)
    if found is None:
        raise DatasetNotReadyError(
            f"The data set “{dataset.name}” is {dataset.get_state_display().lower()}.",
            remedy="Wait until its state is “ready”."
            if dataset.state == Dataset.State.INGESTING
            else "See its rejection, mend the file and upload it again.",
        )
    return found


def get_version(*, actor: Actor, version_id: object) -> DatasetVersion:
    """Return a version by its id, whatever its state (lineage: apps keep these ids).

    Raises:
        DatasetNotFoundError: there is none in the organisation.
    """
    actor.require("dataset.view")
    found = (
        DatasetVersion.objects.filter(
            pk=_uuid(version_id), dataset__organisation=actor.organisation
        )
        .select_related("dataset", "data_key")
        .first()
    )
    if found is None:
        raise DatasetNotFoundError("There is no such version of a data set in your organisation.")
    return found


def numbered_version(*, dataset: Dataset, number: int | None) -> DatasetVersion:
    """Return the ready version with a number, or the newest for None.

    Raises:
        DatasetNotFoundError: there is no version of the number.
        DatasetNotReadyError: it cannot be read (yet).
    """
    if number is None:
        return current_version(dataset=dataset)
    found = versions(dataset=dataset).filter(number=number).first()
    if found is None:
        raise DatasetNotFoundError(f"The data set “{dataset.name}” has no version {number}.")
    require_ready(version=found)
    return found


def require_ready(*, version: DatasetVersion) -> None:
    """Refuse a version that cannot be read.

    Raises:
        DatasetNotReadyError: it is being made, or was refused.
    """
    if version.state != DatasetVersion.State.READY:
        raise DatasetNotReadyError(
            f"Version {version.number} of “{version.dataset.name}” is "
            f"{version.get_state_display().lower()}.",
            remedy="Choose a version whose state is “ready”.",
        )


def splits(*, dataset: Dataset) -> "QuerySet[Split]":
    """Return the splits of every version, newest first."""
    return Split.objects.filter(version__dataset=dataset).select_related("version")


def get_split(*, actor: Actor, split_id: object, dataset: Dataset | None = None) -> Split:
    """Return a split by its id, of a certain data set when one is given.

    Raises:
        DatasetNotFoundError: there is none in the organisation.
    """
    actor.require("dataset.view")
    found = (
        Split.objects.filter(pk=_uuid(split_id), version__dataset__organisation=actor.organisation)
        .select_related("version__dataset", "version__data_key")
        .first()
    )
    if found is None or (dataset is not None and found.version.dataset_id != dataset.pk):
        raise DatasetNotFoundError("There is no such split in your organisation.")
    return found
