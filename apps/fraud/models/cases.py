"""Cases: suspicious payments of one customer, worked by people."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.fraud.models.decisions import Decision
from apps.fraud.models.detectors import Detector
from platform_core.accounts.api import OwnedModel
from platform_core.vault.api import EncryptedTextField


class Case(OwnedModel):
    """Decisions to review or decline about one customer, until somebody says what they were.

    Attributes:
        number: of the detector, for people.
        customer: keyed hash, as in the decisions.
        expected_loss: of its decisions together; the queue is ordered by it.
        due_at: when it should be closed; see WorkRule.service_hours.
        outcome: what it was, or is proposed to be while `closing`.
        closed_by: who closed, or proposed to; `confirmed_by` is the second person.
    """

    class State(models.TextChoices):
        """Where a case stands."""

        OPEN = "open", _("Open")
        CLOSING = "closing", _("Waits for a second person")
        CLOSED = "closed", _("Closed")

    class Outcome(models.TextChoices):
        """What the payments were."""

        FRAUD = "fraud", _("Fraud")
        GENUINE = "genuine", _("Genuine")
        UNCLEAR = "unclear", _("Unclear")

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="cases")
    number = models.PositiveIntegerField()
    customer = models.CharField(max_length=32)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, blank=True)
    expected_loss = models.FloatField(_("expected loss"), default=0.0)
    due_at = models.DateTimeField(_("due"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-expected_loss"]
        constraints = [
            models.UniqueConstraint(fields=["detector", "number"], name="one_case_per_number"),
            models.UniqueConstraint(
                fields=["detector", "customer"],
                condition=~models.Q(state="closed"),
                name="one_open_case_per_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "-expected_loss"], name="queue_of_cases")
        ]

    def __str__(self) -> str:
        return f"case {self.number}"


class CaseDecision(models.Model):
    """A decision that belongs to a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="links")
    decision = models.OneToOneField(Decision, models.CASCADE, related_name="case_link")

    def __str__(self) -> str:
        return f"{self.case_id} {self.decision_id}"


class CaseNote(OwnedModel):
    """What somebody wrote about a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    text = EncryptedTextField()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.case_id}"


class CaseAttachment(OwnedModel):
    """A file of a case; its content lies sealed in the object store."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="attachments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    name = EncryptedTextField()
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveIntegerField()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.case_id}"


class CaseReveal(OwnedModel):
    """Somebody may read a case's personal data until then, and said why."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="reveals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case_id} {self.user_id}"
