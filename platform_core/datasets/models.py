"""Tables of the datasets part. Names, counts and states only: what the data says is sealed."""

import json
import uuid
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel
from platform_core.datasets.params import MAX_NAME_CHARS
from platform_core.vault import api as vault


class Dataset(OwnedModel):
    """A named table of an organisation, in versions.

    Attributes:
        state: ready as soon as one version is and the newest was not refused.
        job_id: of the newest ingest job.
        rejection: {reason, file, line, column, remedy, kind: "file"|"rule"|"job"} of the newest version.
    """

    class State(models.TextChoices):
        """Where the data set stands."""

        INGESTING = "ingesting", _("Ingesting")
        READY = "ready", _("Ready")
        REJECTED = "rejected", _("Rejected")

    name = models.CharField(
        _("name"),
        max_length=MAX_NAME_CHARS,
        validators=[RegexValidator(r"^[^\x00-\x1f\x7f/]+$", _("Control characters and / are not allowed."))],
    )  # fmt: skip
    description = models.TextField(_("description"), blank=True, max_length=4000)
    state = models.CharField(max_length=9, choices=State.choices, default=State.INGESTING)
    job_id = models.UUIDField(null=True)
    rejection = models.JSONField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_dataset_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class DatasetVersion(models.Model):
    """One state of the table; never changed once ready.

    Attributes:
        base: the version it was made from; None when made of files alone.
        rules: cleaning rules as asked; `cleaning`: as applied, with fitted values and counted effects.
        columns: [{name, type, missing}] in order.
        sealed_findings: profile, issues, cleaning and the first rows under the data key: shredded with it.
        job_id, progress, message: of the job that makes it.
    """

    class State(models.TextChoices):
        """Where the version stands."""

        PREPARING = "preparing", _("Preparing")
        READY = "ready", _("Ready")
        REJECTED = "rejected", _("Rejected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PREPARING)
    base = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    rules = models.JSONField(default=list)
    reading = models.JSONField(default=dict)
    rows = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    columns = models.JSONField(default=list)
    sealed_findings = models.BinaryField(default=b"")
    data_key = models.ForeignKey("vault.DataKey", models.RESTRICT, related_name="+")
    job_id = models.UUIDField(null=True)
    progress = models.FloatField(default=0.0)
    message = models.CharField(max_length=300, blank=True)
    rejection = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        ordering = ["dataset", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="one_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.dataset} · {self.number}"

    @property
    def context(self) -> dict[str, str]:
        """Return what every ciphertext of the version is bound to."""
        return {"dataset": str(self.dataset_id), "version": str(self.pk)}

    @property
    def findings(self) -> dict[str, Any]:
        """Unseal profile, issues, cleaning and first rows (once per instance); {} before it is ready.

        Raises:
            DecryptionError, DataKeyShreddedError: the data key is gone.
        """
        if not self.sealed_findings:
            return {}
        if not hasattr(self, "_findings"):
            plaintext = vault.unseal(
                data_key=self.data_key,
                sealed=bytes(self.sealed_findings),
                context=self.context | {"what": "findings"},
            )
            self._findings: dict[str, Any] = json.loads(plaintext)
        return self._findings

    @property
    def profile(self) -> dict[str, Any]:
        """What the columns hold: see ingest/profile.py."""
        return dict(self.findings.get("profile", {}))

    @property
    def issues(self) -> list[dict[str, Any]]:
        """Quality issues, worst first: see ingest/issues.py."""
        return list(self.findings.get("issues", []))

    @property
    def cleaning(self) -> list[dict[str, Any]]:
        """The cleaning rules as applied, with what each changed."""
        return list(self.findings.get("cleaning", []))


class Shard(models.Model):
    """One encrypted Parquet file of a version."""

    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="shards")
    number = models.PositiveIntegerField()
    path = models.CharField(max_length=300)
    rows = models.PositiveBigIntegerField()
    size_bytes = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["version", "number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="one_shard_per_number")
        ]

    @property
    def context(self) -> dict[str, str]:
        """Return what the shard's ciphertext is bound to."""
        return {"version": str(self.version_id), "shard": str(self.number)}


class SourceFile(OwnedModel):
    """A file as uploaded, encrypted; deleted and its key shredded once its version is ready.

    Attributes:
        version: None while the upload goes on, or for ever when it was cut off (swept after a day).
        part_bytes: length of the parts of a file sent in parts, each an object below `path`; 0: one object.
        complete: the whole file was received.
        consumed: its rows are in a version's shards now.
    """

    version = models.ForeignKey(
        DatasetVersion, models.SET_NULL, null=True, related_name="source_files"
    )
    number = models.PositiveIntegerField(default=0)
    filename = models.CharField(max_length=255)
    path = models.CharField(max_length=300)
    size_bytes = models.PositiveBigIntegerField(default=0)
    part_bytes = models.PositiveIntegerField(default=0)
    complete = models.BooleanField(default=False)
    consumed = models.BooleanField(default=False)
    data_key = models.ForeignKey("vault.DataKey", models.RESTRICT, related_name="+")

    class Meta:
        ordering = ["version", "number"]

    @property
    def context(self) -> dict[str, str]:
        """Return what the file's ciphertext is bound to."""
        return {"upload": str(self.pk)}


class UploadPart(models.Model):
    """A part of a file that is there."""

    source = models.ForeignKey(SourceFile, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["source", "number"]
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="one_part_per_number")
        ]


class Split(models.Model):
    """A division of a version's rows: a specification and the limits that fix it, no data.

    Attributes:
        spec: a params.SplitSpec, and `order`, the names of its parts: PostgreSQL's JSON does not keep the
            order of keys, on which the limits rest.
        limits: inner limits of the parts: row hashes, group hashes, or times.
        counts: part -> rows.
        job_id: of the job that fixes it.
        rejection: {reason, remedy} of a split that could not be fixed.
    """

    class State(models.TextChoices):
        """Where the split stands."""

        PREPARING = "preparing", _("Being prepared")
        READY = "ready", _("Ready")
        REJECTED = "rejected", _("Rejected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="splits")
    spec = models.JSONField()
    limits = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PREPARING)
    job_id = models.UUIDField(null=True)
    rejection = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    @property
    def parts(self) -> dict[str, float]:
        """Part -> share of the rows, in the order of the limits."""
        shares: dict[str, float] = self.spec["parts"]
        return {name: shares[name] for name in self.spec.get("order", shares)}
