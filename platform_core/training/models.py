"""Tables of the training part."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel, User


class Training(OwnedModel):
    """One training of a model that somebody described.

    Attributes:
        name: of the model; trainings of one name make versions of one model.
        asked: model, compile, fit, inputs, target and the rows, checked; see `services`.
        fingerprint: equal for equal requests.
        notes: what was decided for the person, in sentences.
        version: number of the version it made.
        history: curve -> a value an epoch.
        figures: final figures.
    """

    name = models.CharField(_("name"), max_length=63, db_index=True)
    asked = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    notes = models.JSONField(blank=True, default=list)
    version = models.PositiveIntegerField(null=True)
    history = models.JSONField(blank=True, default=dict)
    figures = models.JSONField(blank=True, default=dict)
    job_id = models.UUIDField(null=True, editable=False)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("training")
        verbose_name_plural = _("trainings")

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else self.name


class RowPrediction(OwnedModel):
    """Answers of a training's version to rows of a data set, encrypted under a key of their own.

    Attributes:
        asked: {source, measure}.
        shape: of the float32 array, rows first; empty until the job has ended.
        figures: loss and metrics, when they were asked for.
    """

    training = models.ForeignKey(Training, models.CASCADE, related_name="predictions")
    asked = models.JSONField()
    shape = models.JSONField(blank=True, default=list)
    figures = models.JSONField(blank=True, default=dict)
    path = models.CharField(max_length=300, blank=True)
    data_key = models.ForeignKey("vault.DataKey", models.RESTRICT, related_name="+")
    job_id = models.UUIDField(null=True, editable=False)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("predictions")
        verbose_name_plural = _("predictions")

    def __str__(self) -> str:
        return f"{self.training} on {self.asked.get('words', '')}"

    @property
    def folder(self) -> str:
        """Return where its objects are; an attempt writes one of its own."""
        return f"{self.organisation_id}/predictions/{self.pk}"

    @property
    def context(self) -> dict[str, str]:
        """Return what the ciphertext is bound to."""
        return {"prediction": str(self.pk)}
