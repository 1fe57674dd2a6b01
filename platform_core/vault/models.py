"""Tables of the vault: wrapped keys only; no row holds a key in the clear."""

import uuid

from django.db import models
from django.utils import timezone

from platform_core.accounts.api import Organisation, OwnedModel


class MasterKeyRecord(models.Model):
    """The one row naming the master key in use; locking it serialises wrapping with rotation."""

    SINGLETON = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=SINGLETON, editable=False)
    master_key_id = models.CharField(max_length=64, blank=True, editable=False)
    rotated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_master_record")]


class OrganisationKey(models.Model):
    """An organisation's key, wrapped by the master key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="+")
    wrapped = models.BinaryField()
    master_key_id = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)


class DataKey(OwnedModel):
    """The key of one data set version, model version or the like, wrapped by the organisation's key.

    `wrapped` is null once shredded: the row stays as the record that the key existed.
    """

    purpose = models.CharField(max_length=80)
    organisation_key = models.ForeignKey(OrganisationKey, models.CASCADE, related_name="+")
    wrapped = models.BinaryField(null=True)
    shredded_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.purpose} ({self.id})"

    @property
    def is_shredded(self) -> bool:
        """True once the key is gone for good."""
        return self.shredded_at is not None


class SigningKey(models.Model):
    """An Ed25519 key pair; public halves are kept for ever, so that old signatures stay checkable."""

    id = models.CharField(primary_key=True, max_length=16, editable=False)
    public_key = models.BinaryField()
    wrapped = models.BinaryField()
    master_key_id = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"],
                condition=models.Q(is_active=True),
                name="one_active_signing_key",
            )
        ]

    def __str__(self) -> str:
        return self.id
