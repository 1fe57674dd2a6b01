"""Counters that runtimes write once a second; each runtime owns its rows, so none waits for another."""

from typing import Any

from django.db import models
from django.utils import timezone

from platform_core.serving.models.endpoints import Endpoint


class TrafficCount(models.Model):
    """What one runtime answered for one alias of an endpoint since the traffic was changed last.

    Attributes:
        node: name of the runtime.
        latency: bucket of `buckets.index_of` -> requests.
    """

    id: Any = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="counts")
    epoch = models.PositiveIntegerField()
    node = models.CharField(max_length=120)
    alias = models.CharField(max_length=63)
    version = models.PositiveIntegerField()
    requests = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)
    latency = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "epoch", "node", "alias", "version"], name="one_traffic_count"
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.alias} v{self.version}: {self.requests}"


class ShadowCount(models.Model):
    """What one runtime learned by comparing answers with those of the shadow alias.

    Attributes:
        compared, agreed: pairs of answers; equal within `shadow.TOLERANCE`.
        failures: copies the shadow could not answer.
        dropped: copies never sent, because the runtime was busy.
        difference_sum, difference_max: of the mean absolute difference of numeric outputs.
        latency, shadow_latency: bucket -> pairs.
    """

    id: Any = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="shadow_counts")
    node = models.CharField(max_length=120)
    alias = models.CharField(max_length=63)
    version = models.PositiveIntegerField()
    shadow_version = models.PositiveIntegerField()
    compared = models.PositiveBigIntegerField(default=0)
    agreed = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)
    dropped = models.PositiveBigIntegerField(default=0)
    difference_sum = models.FloatField(default=0.0)
    difference_max = models.FloatField(default=0.0)
    latency = models.JSONField(default=dict)
    shadow_latency = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "node", "alias", "version", "shadow_version"],
                name="one_shadow_count",
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} v{self.version} beside v{self.shadow_version}: {self.compared}"
