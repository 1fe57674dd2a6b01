"""Alerts: rules, what happened to them, and who was told."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel
from platform_core.serving.api import Endpoint
from platform_core.vault.api import EncryptedTextField


class AlertRule(OwnedModel):
    """Watches one figure of an endpoint.

    Attributes:
        metric: name of `params.METRICS`.
        threshold: it fires beyond.
        window_s: the figure is taken over so many seconds.
        looks: how often in a row it has to be beyond before it fires, and well within before it is over.
        margin: how far within the threshold "well within" is, as a part of it.
        emails, webhook_url: who is told; `webhook_secret` signs what the webhook gets.
        beyond, within: looks in a row.
        value: at the last look; empty without data.
        since: of the state.
        silenced_until, silenced_reason, silenced_by: nobody is told until then.
    """

    class State(models.TextChoices):
        """How it stands."""

        OK = "ok", _("In order")
        FIRING = "firing", _("Firing")

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    metric = models.CharField(max_length=20)
    threshold = models.FloatField()
    window_s = models.PositiveIntegerField(default=300)
    looks = models.PositiveSmallIntegerField(default=2)
    margin = models.FloatField(default=0.1)
    emails = models.JSONField(default=list, blank=True)
    webhook_url = models.CharField(max_length=500, blank=True)
    webhook_secret = EncryptedTextField(blank=True, null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OK)
    beyond = models.PositiveSmallIntegerField(default=0)
    within = models.PositiveSmallIntegerField(default=0)
    value = models.FloatField(null=True)
    looked_at = models.DateTimeField(null=True)
    since = models.DateTimeField(default=timezone.now)
    silenced_until = models.DateTimeField(null=True)
    silenced_reason = models.CharField(max_length=500, blank=True)
    silenced_by = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_silenced(self) -> bool:
        """True while nobody is to be told."""
        return self.silenced_until is not None and self.silenced_until > timezone.now()

    @property
    def shown_state(self) -> str:
        """The state people see: ok, firing or silenced."""
        return "silenced" if self.is_silenced else self.state


class AlertEvent(OwnedModel):
    """Something that happened to a rule; never changed afterwards."""

    class Kind(models.TextChoices):
        """What."""

        FIRED = "fired", _("Fired")
        RESOLVED = "resolved", _("Over")
        SILENCED = "silenced", _("Silenced")
        UNSILENCED = "unsilenced", _("Speaks again")

    id: Any = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.FloatField(null=True)
    words = models.CharField(max_length=500)
    by = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["-id"]


class Delivery(models.Model):
    """One message about an event to one address.

    Attributes:
        attempts: made so far; `next_at` is when the next one is due.
        problem: why the last one failed.
    """

    class Channel(models.TextChoices):
        """How."""

        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")

    class State(models.TextChoices):
        """How it stands."""

        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    id: Any = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(AlertEvent, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"])]
