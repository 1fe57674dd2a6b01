"""Canaries: a candidate that earns more and more requests, or is rolled back."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel, User
from platform_core.serving.models.endpoints import Endpoint


class Canary(OwnedModel):
    """One trial of a candidate on an endpoint; the rules are `canaries.Rules`.

    Attributes:
        alias, version: the candidate; the canary ends when the alias moves meanwhile.
        baseline_version: what the endpoint's own alias pointed to when it started.
        steps: percent of the requests at each step, growing.
        step: index of the step that runs.
        rules: thresholds and sample sizes, as `canaries.Rules.as_json` writes them.
        looks: tests made so far; each spends a share of the bound on false roll-backs.
        next_look: requests of the candidate in this step at which the next test is due.
        figures: of the newest look, for the page.
        began: traffic before the canary, to return to.
    """

    class State(models.TextChoices):
        """How it stands."""

        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        ROLLED_BACK = "rolled_back", _("Rolled back")
        STOPPED = "stopped", _("Stopped")

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="canaries")
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    alias = models.CharField(max_length=63)
    version = models.PositiveIntegerField()
    baseline_version = models.PositiveIntegerField()
    steps = models.JSONField()
    step = models.PositiveSmallIntegerField(default=0)
    rules = models.JSONField()
    looks = models.PositiveIntegerField(default=0)
    next_look = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict, blank=True)
    began = models.JSONField()
    reason = models.CharField(max_length=500, blank=True)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    started_by_label = models.CharField(max_length=254)
    step_started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(state="running"), name="one_canary_per_endpoint"
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.alias} {self.state}"
