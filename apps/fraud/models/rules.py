"""Rules, their versions and tests, the sets that decided, what they hit, and back-tests."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.fraud.models.decisions import Decision, Outcome
from apps.fraud.models.detectors import ACTIVE_JOB_STATES, Detector
from platform_core.accounts.api import OwnedModel
from platform_core.vault.api import EncryptedJSONField

MAX_RULE_NAME = 80


class Rule(OwnedModel):
    """A condition on an event and what it asks for.

    Attributes:
        mode: whether it counts.
        live: number of the version that counts or is watched; None while off.
    """

    class Mode(models.TextChoices):
        """Whether a rule counts."""

        OFF = "off", _("Off")
        SHADOW = "shadow", _("Shadow: only noted")
        ACTIVE = "active", _("Active")

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="rules")
    name = models.CharField(_("name"), max_length=MAX_RULE_NAME)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.OFF)
    live = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["detector", "name"], name="one_fraud_rule_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(OwnedModel):
    """One wording of a rule; never altered.

    Attributes:
        kinds: field -> kind of the fields it reads, as they were when it was written.
    """

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    kinds = models.JSONField(default=dict)
    action = models.CharField(max_length=10, choices=Outcome.choices)
    note = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="one_rule_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.number}"


class RuleTest(OwnedModel):
    """An event and whether the rule must be true of it; a version that fails one cannot count."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="tests")
    name = models.CharField(max_length=MAX_RULE_NAME)
    event = EncryptedJSONField()
    holds = models.BooleanField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "name"], name="one_rule_test_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class RuleSet(OwnedModel):
    """All rules that counted or were watched from one moment on; decisions keep its number.

    Attributes:
        rules: [{rule, name, version, action, text, kinds, shadow}], by name.
    """

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="rule_sets")
    number = models.PositiveIntegerField()
    rules = models.JSONField(default=list)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["detector", "number"], name="one_rule_set_per_number")
        ]

    def __str__(self) -> str:
        return f"rules {self.number}"


class RuleHit(OwnedModel):
    """A rule was true of a decided event; what turned out is joined by the event's label."""

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="+")
    rule = models.ForeignKey(Rule, models.CASCADE, related_name="hits")
    version = models.PositiveIntegerField()
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="hits")
    shadow = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["rule", "-created_at"], name="latest_hits_of_a_rule")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.decision_id}"


class BackTest(OwnedModel):
    """Rules tried on history.

    Attributes:
        rules: [{name, text, action, kinds}].
        dataset_version_id: the history; None = the detector's own decisions.
        result: see ml.fraud.rules.backtest; None until the job has ended.
        job_state: of the job; filled by selectors.rules.
    """

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="backtests")
    rules = models.JSONField(default=list)
    dataset_version_id = models.UUIDField(null=True, blank=True)
    job_id = models.UUIDField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)

    job_state: str | None

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.detector_id} {self.created_at}"

    @property
    def is_running(self) -> bool:
        """True while its job waits or runs."""
        return self.job_state in ACTIVE_JOB_STATES
