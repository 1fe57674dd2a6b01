"""Table of the compression part."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import OwnedModel, User
from platform_core.registry.api import ModelVersion


class Compression(OwnedModel):
    """One request to make a version smaller, and what came of it.

    Attributes:
        asked: a CompressionSpec in JSON.
        parent: figures of the version itself, filled when it was measured.
        results: a mapping per method: method, state (registered, refused, beaten, not_applicable), words,
            version (number of the new version, or null) and the figures.
    """

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="compressions")
    asked = models.JSONField()
    parent = models.JSONField(blank=True, default=dict)
    results = models.JSONField(blank=True, default=list)
    job_id = models.UUIDField(null=True, editable=False)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("compression")
        verbose_name_plural = _("compressions")

    def __str__(self) -> str:
        return f"{self.version}: {', '.join(self.asked['methods'])}"
