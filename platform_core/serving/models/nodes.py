"""Runtimes that are up, as they say themselves."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RuntimeNode(models.Model):
    """One runtime process; it writes its row every second and removes it when it stops.

    Attributes:
        name: unique among the runtimes that are up.
        machine: which machine's web processes may use `socket_path`.
        internal_url: where web processes of other machines ask it; empty when nowhere.
        capacity_bytes, used_bytes: memory budget of models, and what is taken of it.
        loaded: ids of the versions in memory.
        utilisation: of its CPU or its queue, whichever is more, in [0, 1].
    """

    class State(models.TextChoices):
        """Whether it takes requests."""

        STARTING = "starting", _("Starting")
        READY = "ready", _("Ready")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    machine = models.CharField(max_length=120)
    socket_path = models.CharField(max_length=200)
    internal_url = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTING)
    capacity_bytes = models.PositiveBigIntegerField(default=0)
    used_bytes = models.PositiveBigIntegerField(default=0)
    loaded = models.JSONField(default=list)
    in_flight = models.PositiveIntegerField(default=0)
    utilisation = models.FloatField(default=0.0)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
