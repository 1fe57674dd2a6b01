"""What people and programs do: ask for a compression."""

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.compression.errors import CompressionInputError
from platform_core.compression.models import Compression
from platform_core.compression.params import CompressionSpec
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry

KIND = "compression.compress"


def request_compression(*, actor: Actor, spec: CompressionSpec) -> Compression:
    """Queue the compression of a version.

    Args:
        actor: needs `model.register`.
        spec: what to do.

    Raises:
        ModelNotFoundError, VersionNotFoundError, VersionDeletedError: no version to compress.
        DatasetNotFoundError, DatasetNotReadyError: no data to learn from.
        CompressionInputError: a column is missing.
    """
    actor.require("model.register")
    version = registry.get_version(actor=actor, model_name=spec.model, number=spec.version)
    if not version.is_ready:
        raise registry.VersionDeletedError(
            f"{version} was deleted.", remedy="Choose another version."
        )
    data = _checked_data(actor, spec) if spec.dataset else None
    with transaction.atomic():
        row = Compression.objects.create(
            organisation=actor.organisation,
            version=version,
            asked=spec.as_json(),
            requested_by=actor.user,
        )
        params = {"compression": str(row.pk), "dataset_version": str(data.pk) if data else None}
        job = jobs.submit(actor=actor, kind=KIND, params=params, subject=str(version))
        row.job_id = job.pk
        row.save(update_fields=["job_id"])
        audit.record(
            actor=actor,
            action="model.version.compress",
            target=f"modelversion:{version.pk}",
            details={"methods": list(spec.methods), "tolerance": spec.tolerance},
        )
    return row


def _checked_data(actor: Actor, spec: CompressionSpec) -> datasets.DatasetVersion:
    """Return the newest version of the data set, which has the columns asked for."""
    dataset = datasets.get_dataset(actor=actor, key=spec.dataset)
    version = datasets.current_version(dataset=dataset)
    known = [column["name"] for column in version.columns]
    wanted = [*spec.columns, *([spec.label_column] if spec.label_column else [])]
    missing = [name for name in wanted if name not in known]
    if missing:
        raise CompressionInputError(
            f"“{dataset.name}” has no column “{missing[0][:80]}”.",
            remedy="Its columns: " + ", ".join(known[:50]),
            field="label_column" if missing[0] == spec.label_column else "columns",
        )
    return version
