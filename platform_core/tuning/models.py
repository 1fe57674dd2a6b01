"""Tables of the tuning part."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel, User


class Study(OwnedModel):
    """A search of the hyper-parameters of a training.

    Attributes:
        name: of the study and of the model that its best trial becomes.
        asked: {training, space, metric, direction, trials, budget_s, pruner, sampler, seed}, checked.
        notes: what was decided for the person, and why no version was made, in sentences.
        best: {number, value, parameters} of the best complete trial so far; empty before one.
        importance: parameter -> share in what makes trials good.
        training: the training of the best trial's settings, whose version is registered.
    """

    name = models.CharField(_("name"), max_length=63, db_index=True)
    asked = models.JSONField()
    notes = models.JSONField(blank=True, default=list)
    best = models.JSONField(blank=True, default=dict)
    importance = models.JSONField(blank=True, default=dict)
    training = models.ForeignKey(
        "training.Training", models.SET_NULL, null=True, related_name="studies"
    )
    job_id = models.UUIDField(null=True, editable=False)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("study")
        verbose_name_plural = _("studies")

    def __str__(self) -> str:
        return self.name

    @property
    def space(self) -> dict[str, Any]:
        """Return what is varied, in the order of the names."""
        return dict(sorted(self.asked["space"].items()))


class Trial(OwnedModel):
    """One trial of a study, written when it has ended; together they are what a killed worker goes on from.

    Attributes:
        number: from 0.
        state: complete, pruned or failed.
        value: of the metric; of a pruned trial where it ended; None of a failed one.
        curve: the metric after each epoch.
    """

    study = models.ForeignKey(Study, models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField()
    parameters = models.JSONField()
    state = models.CharField(max_length=10)
    value = models.FloatField(null=True)
    curve = models.JSONField(blank=True, default=list)
    seconds = models.FloatField(default=0.0)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["number"]
        verbose_name = _("trial")
        verbose_name_plural = _("trials")
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="one_trial_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.study} {self.number}"
