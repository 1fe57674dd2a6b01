"""Endpoints, where they send requests, and every move of it."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel, User
from platform_core.registry.api import NAME_GRAMMAR


class Endpoint(OwnedModel):
    """A name programs call; the runtime answers it with the versions its model's aliases point to.

    Attributes:
        alias: takes the requests that `weights` leave.
        weights: further alias -> percent of the requests.
        shadow_alias: gets copies of requests once they are answered; empty for none.
        shadow_fraction: of the requests, copied.
        options: how the runtime treats its versions; see `spec.OPTIONS`.
        epoch: grows with every change of the traffic; counters belong to one epoch.
    """

    name = models.CharField(_("name"), max_length=63, validators=[RegexValidator(NAME_GRAMMAR)])
    model_name = models.CharField(_("model"), max_length=63)
    alias = models.CharField(_("alias"), max_length=63, default="champion")
    weights = models.JSONField(_("weights"), default=dict, blank=True)
    shadow_alias = models.CharField(_("shadow alias"), max_length=63, blank=True)
    shadow_fraction = models.FloatField(
        _("shadow fraction"),
        default=1.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
    )
    options = models.JSONField(_("options"), default=dict, blank=True)
    epoch = models.PositiveIntegerField(_("epoch"), default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], name="endpoint_name_once_per_organisation"
            )
        ]

    def __str__(self) -> str:
        return self.name


class TrafficChange(OwnedModel):
    """One move of an endpoint's traffic; never changed afterwards.

    Attributes:
        epoch: of the endpoint after the move.
        before, after: plans as `traffic.Plan.as_json` writes them.
        figures: what an automatic move was decided by.
    """

    class Kind(models.TextChoices):
        """What moved the traffic."""

        SET = "set", _("Set")
        ROLLED_BACK = "rolled_back", _("Rolled back")
        CANARY_STARTED = "canary_started", _("Canary started")
        CANARY_ADVANCED = "canary_advanced", _("Canary advanced")
        CANARY_FAILED = "canary_failed", _("Canary rolled back")
        CANARY_FINISHED = "canary_finished", _("Canary finished")
        CANARY_STOPPED = "canary_stopped", _("Canary stopped")

    id: Any = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    epoch = models.PositiveIntegerField()
    before = models.JSONField()
    after = models.JSONField()
    figures = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    changed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    changed_by_label = models.CharField(max_length=254)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.kind} {self.epoch}"
