"""What turned out: was an event fraud?"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.fraud.models.decisions import MAX_EVENT_ID
from apps.fraud.models.detectors import Detector
from platform_core.accounts.api import OwnedModel


class Label(OwnedModel):
    """The truth about one event, as far as it is known; a later one replaces an earlier."""

    class Source(models.TextChoices):
        """Who said so."""

        SYSTEM = "system", _("Told through REST")
        CASE = "case", _("Outcome of a case")

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="labels")
    event_id = models.CharField(max_length=MAX_EVENT_ID)
    is_fraud = models.BooleanField(_("fraud"))
    known_at = models.DateTimeField(_("known"), default=timezone.now)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.SYSTEM)

    class Meta:
        ordering = ["-known_at"]
        constraints = [
            models.UniqueConstraint(fields=["detector", "event_id"], name="one_label_per_event")
        ]
        indexes = [models.Index(fields=["detector", "-known_at"], name="latest_labels")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.is_fraud}"
