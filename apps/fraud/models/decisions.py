"""What was decided about each event, with all that is needed to decide the same again."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.fraud.models.detectors import Detector
from platform_core.accounts.api import OwnedModel

MAX_EVENT_ID = 200


class Outcome(models.TextChoices):
    """What the asking system shall do, from good to bad."""

    APPROVE = "approve", _("Approve")
    CHALLENGE = "challenge", _("Challenge")
    REVIEW = "review", _("Review")
    DECLINE = "decline", _("Decline")


class Decision(OwnedModel):
    """One decision; written once, in the transaction that moves the states of its entities.

    Attributes:
        event_id: the customer's own; sent twice, it is decided once.
        occurred_at: of the event, as told.
        decided_at: when its states were read: events of one entity are ordered by it.
        score: risk from 0 to 1; None where the model did not answer and the fallback decided.
        expected_loss: risk times amount, for queues and boards.
        customer: keyed hash of the first entity; `entities` of all of them, in the detector's order.
        body: sealed JSON: event, features, contributions, reasons, rule hits, what decided.
    """

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="decisions")
    event_id = models.CharField(max_length=MAX_EVENT_ID)
    occurred_at = models.DateTimeField(_("occurred"))
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    score = models.FloatField(_("score"), null=True)
    amount = models.FloatField(_("amount"), default=0.0)
    expected_loss = models.FloatField(default=0.0)
    decided_by = models.CharField(_("decided by"), max_length=40, default="policy")
    is_fallback = models.BooleanField(default=False)
    model_version = models.CharField(max_length=20, blank=True)
    rules_version = models.CharField(max_length=64, blank=True)
    policy_version = models.CharField(max_length=64, blank=True)
    customer = models.CharField(max_length=32)
    entities = models.JSONField(default=list)
    took_ms = models.FloatField(default=0.0)
    body = models.BinaryField()

    class Meta:
        ordering = ["-decided_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["detector", "event_id"], name="an_event_is_decided_once"
            )
        ]
        indexes = [
            models.Index(fields=["detector", "-decided_at"], name="latest_decisions"),
            models.Index(fields=["detector", "customer", "-decided_at"], name="customers_timeline"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.outcome}"
