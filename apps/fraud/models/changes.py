"""Changes of what decides: how people work together, and what waits for a second person."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.fraud.models.detectors import Detector
from platform_core.accounts.api import OwnedModel


class WorkRule(OwnedModel):
    """How the people of an organisation work; without a row, the defaults hold.

    Attributes:
        second_person: changes of policy, and rules that begin or cease to count, take two persons.
        four_eyes_from: cases of this expected loss and above are closed by two persons; None = none.
        service_hours: a case should be closed within so many hours.
    """

    second_person = models.BooleanField(default=True)
    four_eyes_from = models.FloatField(null=True, default=1000.0)
    service_hours = models.FloatField(default=24.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="one_fraud_work_rule")]

    def __str__(self) -> str:
        return f"{self.organisation_id}"


class Change(OwnedModel):
    """Something that would decide differently, asked for by one person and decided by another.

    Attributes:
        kind: `policy` or `rule`.
        rule, number: the rule and the number of the version of rule or policy.
        mode: of a rule: what it shall be.
    """

    class Kind(models.TextChoices):
        """What is changed."""

        POLICY = "policy", _("Policy")
        RULE = "rule", _("Rule")

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("Waiting")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    rule = models.ForeignKey(
        "fraud.Rule", models.CASCADE, null=True, blank=True, related_name="changes"
    )
    number = models.PositiveIntegerField()
    mode = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} {self.state}"


class PolicyVersion(OwnedModel):
    """One wording of a detector's policy; never altered.

    Attributes:
        body: see services.deciding.Policy.
        is_active: it decides; at most one of a detector. Without one, the default policy decides.
    """

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="policies")
    number = models.PositiveIntegerField()
    body = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    is_active = models.BooleanField(default=False)
    active_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["detector", "number"], name="one_policy_per_number"),
            models.UniqueConstraint(
                fields=["detector"], condition=models.Q(is_active=True), name="one_active_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"policy {self.number}"
