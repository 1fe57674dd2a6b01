"""The jobs: make versions of uploaded files and of earlier versions, fix splits. Run in workers only.

A version is made in one attempt or not at all: shards are written below a folder of the attempt,
and rows that point to them are inserted last, behind the job's fence. Whatever an attempt that was
killed left is removed by the next one.
"""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Protocol

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop

from ml.common.progress import TrainingStoppedError
from platform_core.accounts.api import Actor, Organisation
from platform_core.audit import api as audit
from platform_core.datasets import fitting, services, uploading
from platform_core.datasets.errors import SplitError
from platform_core.datasets.ingest import making
from platform_core.datasets.models import Dataset, DatasetVersion, Shard, SourceFile, Split
from platform_core.datasets.params import SplitSpec
from platform_core.errors import PlatformError
from platform_core.vault import api as vault

_ORPHAN_AGE = timedelta(days=1)
_REPORT_EVERY_S = 0.5


class IngestContext(Protocol):
    """What of a job's context the ingest uses."""

    organisation: Organisation
    actor: Actor
    params: dict[str, Any]

    def update(self, fraction: float, message: str = "") -> None:
        """Report progress."""

    def log(self, line: str) -> None:
        """Add a line to the job's log."""

    def should_stop(self) -> bool:
        """Say whether the job was cancelled or preempted."""

    def fenced(self) -> AbstractContextManager[None]:
        """Run a transaction that counts only while this attempt holds the job."""


def ingest(context: IngestContext) -> dict[str, Any]:
    """Make the versions named in the job's parameters, in order.

    Args:
        context: params are {dataset: uuid, versions: [uuid, ...]}.

    Returns:
        {dataset, version, rows, columns} of the last one.

    Raises:
        PlatformError: a file or a rule was refused; the data set says which and why.
    """
    wanted = [uuid.UUID(key) for key in context.params["versions"]]
    found = DatasetVersion.objects.filter(
        dataset__organisation=context.organisation
    ).select_related("dataset", "data_key", "base__data_key")
    for key in wanted:
        version = found.filter(pk=key).first()
        if version is None or not _finish(context, version, is_last=key == wanted[-1]):
            return _nothing_left(context, key)
    _sweep(context.organisation)
    version = found.get(pk=wanted[-1])
    return {
        "dataset": str(version.dataset_id),
        "version": version.number,
        "rows": version.rows,
        "columns": len(version.columns),
    }


def _finish(context: IngestContext, version: DatasetVersion, *, is_last: bool) -> bool:
    """Make a version that is not made yet; False when its data set is deleted meanwhile."""
    if version.rejection and version.rejection.get("kind") == "job":
        services.resume(version=version)  # that job was retried: this one
    elif version.state != DatasetVersion.State.PREPARING:
        return True
    try:
        _make_or_reject(context, version, is_last=is_last)
    except Exception:
        if DatasetVersion.objects.filter(pk=version.pk).exists():
            raise
        return False
    return True


def _nothing_left(context: IngestContext, version_id: uuid.UUID) -> dict[str, Any]:
    """Remove what was written of a version that was deleted: no key opens it."""
    vault.delete_objects_below(services.version_prefix(context.organisation.pk, version_id))
    context.log("The data set was deleted; nothing is left to do.")
    return {}


def _make_or_reject(context: IngestContext, version: DatasetVersion, *, is_last: bool) -> None:
    try:
        _make(context, version, is_last=is_last)
    except PlatformError as error:
        if not error.permanent:
            raise
        kind = "file" if error.extra.get("file") else "rule"
        rejection = {
            "kind": kind,
            "reason": error.extra.get("reason", error.detail),
            "remedy": error.remedy,
        } | {name: error.extra.get(name) for name in ("file", "line", "column")}
        with context.fenced():
            services.reject(version=version, rejection=rejection)
            _record(context, version, "dataset.reject", {"reason": rejection["reason"]})
        uploading.remove(version.source_files.select_related("data_key"))
        raise


def fix_split(context: IngestContext) -> dict[str, Any]:
    """Fix the limits of the split named in the job's parameters.

    Returns:
        {split, counts}, or {} when the data set was deleted meanwhile.

    Raises:
        SplitError: a part would be empty; the split says so too.
    """
    split = (
        Split.objects.filter(
            pk=context.params["split"], version__dataset__organisation=context.organisation
        )
        .select_related("version__dataset", "version__data_key")
        .first()
    )
    if split is None:
        context.log("The data set was deleted; nothing is left to do.")
        return {}
    rows = Split.objects.filter(pk=split.pk)
    try:
        asked = {**split.spec, "parts": split.parts}
        asked.pop("order", None)
        limits, counts = fitting.fit(version=split.version, spec=SplitSpec(**asked))
    except SplitError as error:
        with context.fenced():
            rejection = {"reason": error.detail, "remedy": error.remedy}
            rows.update(state=Split.State.REJECTED, rejection=rejection)
        raise
    with context.fenced():
        rows.update(state=Split.State.READY, limits=limits, counts=counts, rejection=None)
    return {"split": str(split.pk), "counts": counts}


def _record(
    context: IngestContext, version: DatasetVersion, action: str, details: Mapping[str, Any]
) -> None:
    audit.record(
        actor=context.actor,
        action=action,
        target=f"dataset:{version.dataset_id}",
        details={"version": version.number, **details},
    )


def _make(context: IngestContext, version: DatasetVersion, *, is_last: bool) -> None:
    prefix = services.version_prefix(context.organisation.pk, version.pk)
    vault.delete_objects_below(prefix)
    context.log(f"Making version {version.number} of “{version.dataset.name}”.")
    folder = f"{prefix}/{uuid.uuid4().hex}"
    made = making.make(version=version, folder=folder, tick=_ticker(context, version))
    with context.fenced():
        DatasetVersion.objects.select_for_update().get(pk=version.pk)  # it may be deleted meanwhile
        Shard.objects.bulk_create(made.shards)
        DatasetVersion.objects.filter(pk=version.pk).update(
            state=DatasetVersion.State.READY,
            rows=made.rows,
            size_bytes=sum(shard.size_bytes for shard in made.shards),
            columns=made.columns,
            sealed_findings=made.sealed_findings,
            progress=1.0,
            message="",
        )
        if is_last:
            state = Dataset.State.READY
            Dataset.objects.filter(pk=version.dataset_id).update(state=state, rejection=None)
        _record(context, version, "dataset.ready", {"rows": made.rows})
    uploading.remove(version.source_files.select_related("data_key"))
    context.log(f"{made.rows:,} rows in {len(made.columns)} columns, {len(made.shards)} shards.")


def _ticker(context: IngestContext, version: DatasetVersion) -> Callable[[int], None]:
    """Return what readers tell how far they are; it reports twice a second and stops a cancelled job."""
    sizes = version.source_files.aggregate(total=Sum("size_bytes"))["total"] or 0
    passes = 3 if sizes else 2  # encoding (texts), types, writing
    total = max(1, passes * sizes + 2 * (version.base.size_bytes if version.base else 0))
    read, reported, owner = 0, time.monotonic(), threading.get_ident()

    def tick(count: int) -> None:
        nonlocal read, reported
        read += count
        # Arrow reads files in threads of its own, which must not touch the database
        if threading.get_ident() != owner or time.monotonic() - reported < _REPORT_EVERY_S:
            return
        reported = time.monotonic()
        if context.should_stop():
            raise TrainingStoppedError("The job was asked to stop.")
        fraction = min(0.99, read / total)
        message = gettext_noop("Reading the files") if fraction < 2 / 3 else gettext_noop("Writing")
        context.update(fraction, message)
        DatasetVersion.objects.filter(pk=version.pk).update(progress=fraction, message=message)

    return tick


def _sweep(organisation: Organisation) -> None:
    """Remove what interrupted uploads and killed attempts left of this organisation's files."""
    files = SourceFile.objects.owned_by(organisation).select_related("data_key")
    cut_off = timezone.now() - _ORPHAN_AGE
    done = Q(consumed=True) | Q(version__state=DatasetVersion.State.READY)
    abandoned = Q(version=None, created_at__lt=cut_off)
    uploading.remove(files.filter(done | abandoned))
