"""Entities that are blocked, allowed or watched."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.fraud.models.detectors import Detector
from platform_core.accounts.api import OwnedModel
from platform_core.vault.api import EncryptedTextField


class ListEntry(OwnedModel):
    """One value of an entity column on one list.

    Attributes:
        entity: the entity column, such as `card`.
        key: keyed hash of column and value, by which it is found; `value` is sealed.
        expires_at: from then on it has no effect; None = until it is removed.
    """

    class List(models.TextChoices):
        """What standing on the list means."""

        BLOCK = "block", _("Block: always decline")
        ALLOW = "allow", _("Allow: always approve")
        WATCH = "watch", _("Watch: at least review")

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="entries")
    list = models.CharField(_("list"), max_length=5, choices=List.choices)
    entity = models.CharField(_("entity"), max_length=200)
    key = models.CharField(max_length=32)
    value = EncryptedTextField()
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["detector", "key", "list"], name="one_entry_per_list")
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.key}"
