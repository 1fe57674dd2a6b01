"""Scorings of whole data sets."""

from django.db import models

from apps.fraud.models.detectors import Detector
from platform_core.accounts.api import OwnedModel


class BatchScoring(OwnedModel):
    """One data set scored by one detector: the job, and the data set that holds the scores."""

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="batches")
    dataset_id = models.UUIDField()
    dataset_version_id = models.UUIDField()
    target_name = models.CharField(max_length=200)
    target_id = models.UUIDField(null=True, blank=True)
    rows = models.BigIntegerField(default=0)
    job_id = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.target_name
