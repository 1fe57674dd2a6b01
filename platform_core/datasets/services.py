"""Decide and write: create, clean into a new version, split, preview, delete."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.datasets import background, selectors, splitting, uploading
from platform_core.datasets.errors import DatasetBusyError, DatasetNameTakenError, UploadError
from platform_core.datasets.models import Dataset, DatasetVersion, SourceFile, Split
from platform_core.datasets.params import (
    MAX_FILES,
    MAX_PREVIEW_ROWS,
    Reading,
    SplitSpec,
    rules_from_json,
)
from platform_core.datasets.uploading import Upload
from platform_core.errors import InvalidInputError
from platform_core.vault import api as vault


def create_dataset(
    *,
    actor: Actor,
    name: str,
    uploads: Sequence[Upload],
    cleaning: object = None,
    description: str = "",
    reading: object = None,
) -> Dataset:
    """Create a data set of uploaded files and queue its ingest.

    Args:
        actor: needs dataset.upload.
        name: unique in the organisation.
        uploads: received whole, of one schema; they are concatenated in order.
        cleaning: list of rules (JSON or dataclasses): version 1 is as uploaded, version 2 cleaned.
        description: for people.
        reading: see params.Reading.

    Raises:
        DatasetNameTakenError, UploadError, CleaningRuleError, PermissionDeniedError.
    """
    actor.require("dataset.upload")
    rules = rules_from_json(cleaning)
    options = Reading.from_json(reading)
    dataset = Dataset(
        organisation=actor.organisation, name=name.strip(), description=description.strip()
    )
    dataset.clean_fields(exclude=["organisation", "job_id", "rejection"])
    with transaction.atomic():
        _insert(dataset)
        first = _add_version(actor, dataset, uploads=uploads, reading=options)
        made = [first]
        if rules:
            made.append(_add_version(actor, dataset, base=first, rules=rules))
        _queue(actor, dataset, made)
        audit.record(
            actor=actor,
            action="dataset.create",
            target=f"dataset:{dataset.pk}",
            details={"files": len(uploads), "bytes": sum(u.size_bytes for u in uploads)},
        )
    return dataset


def _insert(dataset: Dataset) -> None:
    try:
        with transaction.atomic():
            dataset.save(force_insert=True)
    except IntegrityError as error:
        raise DatasetNameTakenError(
            f"A data set named “{dataset.name}” exists already.",
            remedy="Choose another name, or add a version to that data set.",
            field="name",
        ) from error


def create_version(
    *,
    actor: Actor,
    dataset: Dataset,
    cleaning: object = None,
    uploads: Sequence[Upload] = (),
    base: int | None = None,
    reading: object = None,
) -> DatasetVersion:
    """Queue a further version: another one cleaned by rules, extended by files, or both.

    Args:
        actor: needs dataset.upload.
        dataset: of the actor's organisation.
        cleaning: list of rules, applied in order after the files were added.
        uploads: files with the columns of the base.
        base: number of the version to start from, the newest ready one by default.
        reading: see params.Reading.

    Raises:
        DatasetBusyError: a version is being made already.
        DatasetNotReadyError, UploadError, CleaningRuleError, PermissionDeniedError.
    """
    actor.require("dataset.upload")
    rules = rules_from_json(cleaning)
    options = Reading.from_json(reading)
    if not rules and not uploads:
        raise InvalidInputError(
            "A new version needs cleaning rules, files, or both.", field="cleaning"
        )
    with transaction.atomic():
        _lock_idle(dataset)
        start = selectors.numbered_version(dataset=dataset, number=base)
        version = _add_version(
            actor, dataset, base=start, rules=rules, uploads=uploads, reading=options
        )
        _queue(actor, dataset, [version])
        audit.record(
            actor=actor,
            action="dataset.version",
            target=f"dataset:{dataset.pk}",
            details={"version": version.number, "base": start.number, "files": len(uploads)},
        )
    return version


def _lock_idle(dataset: Dataset) -> None:
    """Lock the data set's row, so that two requests cannot both take the next number."""
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    if selectors.being_made(dataset=dataset) is not None:
        raise DatasetBusyError(
            f"A version of “{dataset.name}” is being made already.",
            remedy="Wait until it is ready, or cancel its job.",
        )


def _add_version(
    actor: Actor,
    dataset: Dataset,
    *,
    base: DatasetVersion | None = None,
    rules: Sequence[Any] = (),
    uploads: Sequence[Upload] = (),
    reading: Reading | None = None,
) -> DatasetVersion:
    if base is None and not 1 <= len(uploads) <= MAX_FILES:
        raise UploadError(f"A data set is made of 1 to {MAX_FILES} files.", field="files")
    newest = dataset.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=newest + 1,
        base=base,
        rules=[rule.as_json() for rule in rules],
        reading=vars(reading or Reading()),
        data_key=vault.create_data_key(organisation=actor.organisation, purpose="dataset version"),
    )
    _take(actor, version, uploads)
    return version


def _take(actor: Actor, version: DatasetVersion, uploads: Sequence[Upload]) -> None:
    """Attach uploads to the version; each can be taken once, by its own organisation."""
    free = SourceFile.objects.owned_by(actor.organisation).filter(version=None, complete=True)
    for number, upload in enumerate(uploads):
        if not free.filter(pk=upload.id).update(version=version, number=number):
            raise UploadError(f"The upload {upload.filename} is no longer there.", field="files")


def _queue(actor: Actor, dataset: Dataset, made: Sequence[DatasetVersion]) -> None:
    job_id = background.submit(
        actor=actor,
        kind=background.INGEST_KIND,
        params={"dataset": str(dataset.pk), "versions": [str(version.pk) for version in made]},
        subject=dataset.name,
    )
    dataset.job_id, dataset.rejection = job_id, None
    dataset.save(update_fields=["job_id", "rejection"])
    DatasetVersion.objects.filter(pk__in=[version.pk for version in made]).update(job_id=job_id)


def reject(*, version: DatasetVersion, rejection: dict[str, Any]) -> None:
    """Record that a version could not be made; earlier versions stay readable."""
    waiting = version.dataset.versions.filter(state=DatasetVersion.State.PREPARING)
    waiting.update(state=DatasetVersion.State.REJECTED, rejection=rejection)
    Dataset.objects.filter(pk=version.dataset_id).update(
        state=Dataset.State.REJECTED, rejection=rejection
    )


UNFINISHED = gettext_noop("The job that read the files failed or was cancelled.")
RETRY = gettext_noop("See the job's log; then retry the job, or upload the files again.")


def ingest_unfinished(*, job_id: uuid.UUID) -> None:
    """Say of the versions a failed or cancelled job was to make that they are not coming."""
    version = DatasetVersion.objects.filter(
        job_id=job_id, state=DatasetVersion.State.PREPARING
    ).first()
    if version is not None:
        reject(version=version, rejection={"reason": UNFINISHED, "remedy": RETRY, "kind": "job"})


def resume(*, version: DatasetVersion) -> None:
    """Take a version up again whose job was retried."""
    DatasetVersion.objects.filter(pk=version.pk).update(
        state=DatasetVersion.State.PREPARING, rejection=None
    )
    Dataset.objects.filter(pk=version.dataset_id).update(
        state=Dataset.State.INGESTING, rejection=None
    )


def delete_dataset(*, actor: Actor, dataset: Dataset) -> None:
    """Shred the keys of every version and upload, then remove rows and objects; the audit entry stays.

    A job that is making a version is cancelled; what it wrote meanwhile it removes itself.

    Args:
        actor: needs dataset.delete.
        dataset: of the actor's organisation.
    """
    actor.require("dataset.delete")
    found = list(dataset.versions.select_related("data_key"))
    sources = list(SourceFile.objects.filter(version__in=found).select_related("data_key"))
    with transaction.atomic():
        for version in found:
            if version.state == DatasetVersion.State.PREPARING:
                background.cancel(actor=actor, job_id=version.job_id)
            vault.shred(data_key=version.data_key, actor=actor)
        for source in sources:
            vault.shred(data_key=source.data_key)
        audit.record(
            actor=actor,
            action="dataset.delete",
            target=f"dataset:{dataset.pk}",
            details={"versions": len(found), "rows": sum(version.rows for version in found)},
        )
        SourceFile.objects.filter(pk__in=[source.pk for source in sources]).delete()
        Dataset.objects.filter(pk=dataset.pk).delete()
    _remove_objects(actor, [version.pk for version in found], sources)


def _remove_objects(
    actor: Actor, version_ids: Sequence[uuid.UUID], sources: Sequence[SourceFile]
) -> None:
    """Remove ciphertext nobody can read any more; what a crash leaves here is only noise."""
    for source in sources:
        uploading.remove_objects(source)
    for version_id in version_ids:
        vault.delete_objects_below(version_prefix(actor.organisation.pk, version_id))


def version_prefix(organisation_id: uuid.UUID, version_id: uuid.UUID) -> str:
    """Return the folder of a version's objects."""
    return f"{organisation_id}/datasets/{version_id}"


def create_split(*, actor: Actor, version: DatasetVersion, spec: SplitSpec) -> Split:
    """Make a split of a version and queue the job that fixes its limits: it reads and sorts a column.

    Raises:
        SplitError: the column does not exist or cannot be divided so.
        DatasetNotReadyError, PermissionDeniedError.
    """
    actor.require("dataset.upload")
    selectors.require_ready(version=version)
    splitting.check(version=version, spec=spec)
    with transaction.atomic():
        kept = vars(spec) | {"parts": dict(spec.parts), "order": list(spec.parts)}
        split = Split(version=version, spec=kept)
        split.job_id = background.submit(
            actor=actor,
            kind=background.SPLIT_KIND,
            params={"split": str(split.pk)},
            subject=version.dataset.name,
        )
        split.save(force_insert=True)
        audit.record(
            actor=actor,
            action="dataset.split",
            target=f"dataset:{version.dataset_id}",
            details={"split": str(split.pk), "version": version.number},
        )
    return split


def split_unfinished(*, job_id: uuid.UUID) -> None:
    """Say of a split whose job failed or was cancelled that it is not coming."""
    waiting = Split.objects.filter(job_id=job_id, state=Split.State.PREPARING)
    reason = gettext_noop("The job that makes the split failed or was cancelled.")
    waiting.update(state=Split.State.REJECTED, rejection={"reason": reason, "remedy": SPLIT_AGAIN})


SPLIT_AGAIN = gettext_noop("Make the split again.")


def preview(*, actor: Actor, version: DatasetVersion, rows: int = 50) -> dict[str, Any]:
    """Return the first rows of a version as JSON, leaving an audit entry.

    Args:
        actor: needs dataset.preview.
        version: ready.
        rows: 1 to 200.

    Returns:
        {"columns": [{name, type}], "rows": [[cell, ...]], "total": rows of the version}.
    """
    actor.require("dataset.preview")
    selectors.require_ready(version=version)
    if not 1 <= rows <= MAX_PREVIEW_ROWS:
        raise InvalidInputError(f"`rows` is 1 to {MAX_PREVIEW_ROWS}.", field="rows")
    audit.record(
        actor=actor,
        action="dataset.preview",
        target=f"dataset:{version.dataset_id}",
        details={"version": version.number, "rows": rows},
    )
    first_rows = version.findings["preview"][:rows]
    columns = [{"name": c["name"], "type": c["type"]} for c in version.columns]
    return {"columns": columns, "rows": first_rows, "total": version.rows}
