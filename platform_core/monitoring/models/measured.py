"""What was measured of endpoints: drift, quality, traffic by the minute; only figures, never a row."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel
from platform_core.serving.api import Endpoint
from platform_core.vault.api import EncryptedJSONField


class Watch(models.Model):
    """How far an endpoint was looked at.

    Attributes:
        seen: counter of a runtime -> [requests, failures, buckets], as it stood at the last look.
        measured_at, measured_log_id: when a measuring was asked for last, and the newest log batch then.
    """

    endpoint = models.OneToOneField(Endpoint, models.CASCADE, primary_key=True, related_name="+")
    seen = models.JSONField(default=dict)
    measured_at = models.DateTimeField(null=True)
    measured_log_id = models.BigIntegerField(default=0)


class TrafficPoint(models.Model):
    """What an endpoint answered in the seconds before `at`; latency: bucket -> requests."""

    id: Any = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    requests = models.PositiveBigIntegerField()
    failures = models.PositiveBigIntegerField()
    latency = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["endpoint", "at"])]


class DriftReference(OwnedModel):
    """What the rows of a version are compared with.

    Attributes:
        content: side ("inputs", "outputs") -> column -> summary; holds a sample of values, so
            it is encrypted.
        rows: it was made of.
    """

    class Source(models.TextChoices):
        """Where its rows come from."""

        MODEL = "model", _("Training data, as the model brought it")
        DATASET = "dataset", _("Data set")
        LOG = "log", _("First logged requests")

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    source = models.CharField(max_length=8, choices=Source.choices)
    rows = models.PositiveBigIntegerField()
    content = EncryptedJSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "version"], name="one_drift_reference")
        ]


class DriftReport(OwnedModel):
    """One comparison of a version's logged rows with its reference.

    Attributes:
        columns: one mapping each, as `ml.monitoring.drift.ColumnDrift.as_json` writes it, with its `side`.
        psi, missing, out_of_range: the largest of a column; `missing` is what came on top of the reference.
        drifted: columns that drifted.
    """

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    rows = models.PositiveBigIntegerField()
    reference_rows = models.PositiveBigIntegerField()
    source = models.CharField(max_length=8, choices=DriftReference.Source.choices)
    columns = models.JSONField()
    psi = models.FloatField()
    missing = models.FloatField()
    out_of_range = models.FloatField()
    drifted = models.PositiveIntegerField()

    class Meta:
        ordering = ["-created_at"]


class QualityPoint(models.Model):
    """How good the answers of one version were in one hour, as far as labels came.

    Attributes:
        metric, value: accuracy, auc or mae; value is empty where it does not exist.
        labels, mean, variance: of a score per answer, higher is better.
    """

    id: Any = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    start = models.DateTimeField()
    metric = models.CharField(max_length=12)
    value = models.FloatField(null=True)
    labels = models.PositiveIntegerField()
    mean = models.FloatField()
    variance = models.FloatField()

    class Meta:
        ordering = ["start", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "version", "start"], name="one_quality_point_per_hour"
            )
        ]
