"""The request log: encrypted batches, one data key for each endpoint and day."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel
from platform_core.serving.models.endpoints import Endpoint
from platform_core.vault.api import DataKey


class LogDay(OwnedModel):
    """What was logged of an endpoint on one day; shredding its key makes all of it unreadable.

    Attributes:
        endpoint: empty once it was deleted some other way than by its service; the day then only expires.
        rows: predictions logged, by row of the tensors.
        dropped: requests that were drawn but not kept: the ring was full, or they were too large.
        labels: true values received.
        expires_on: the day from which on nobody needs it.
    """

    endpoint = models.ForeignKey(Endpoint, models.SET_NULL, null=True, related_name="log_days")
    day = models.DateField()
    data_key = models.ForeignKey(DataKey, models.RESTRICT, related_name="+")
    rows = models.PositiveBigIntegerField(default=0)
    dropped = models.PositiveBigIntegerField(default=0)
    labels = models.PositiveBigIntegerField(default=0)
    expires_on = models.DateField(db_index=True)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "day"], name="one_log_day_per_endpoint")
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.day}"


class LogBatch(models.Model):
    """One encrypted object of a day: requests a runtime answered, or labels that came in.

    Attributes:
        rows: predictions or labels in it.
        size_bytes: before encryption.
        first_at, last_at: when the oldest and the newest of them happened.
    """

    class Kind(models.TextChoices):
        """What lies in it."""

        REQUESTS = "requests", _("Requests")
        LABELS = "labels", _("Labels")

    id: Any = models.BigAutoField(primary_key=True)
    log_day = models.ForeignKey(LogDay, models.CASCADE, related_name="batches")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    path = models.CharField(max_length=200)
    rows = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.rows}"
