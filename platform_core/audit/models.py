"""Tables of the audit part: entries, the head of each chain, signed heads."""

import json
from typing import Any, NoReturn, TypeVar

from django.db import models

from platform_core.accounts.api import Organisation, OwnedModel, OwnedQuerySet
from platform_core.audit.errors import EntryImmutableError

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class AppendOnlyQuerySet(OwnedQuerySet[_Row]):
    """Reads and adds; changing and deleting are refused here as by the database's own trigger."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise EntryImmutableError

    def delete(self) -> NoReturn:
        """Refuse."""
        raise EntryImmutableError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise EntryImmutableError


class AppendOnlyModel(OwnedModel):
    """Base of rows that are written once; an organisation with such rows cannot be deleted."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")

    objects = AppendOnlyQuerySet.as_manager()  # type: ignore[misc]  # narrows the base’s manager

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert a new row; refuse to change a stored one."""
        if not self._state.adding:
            raise EntryImmutableError
        super().save(*args, **(kwargs | {"force_insert": True}))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise EntryImmutableError


class Entry(AppendOnlyModel):
    """One thing somebody did.

    The person is kept as an id without a foreign key: a user row can be erased on request while the chain
    stays whole, and no name, e-mail or address is ever in the log.
    """

    sequence = models.PositiveBigIntegerField(editable=False)
    user_id = models.UUIDField(null=True, editable=False)
    api_key_id = models.CharField(max_length=36, blank=True, editable=False)
    action = models.CharField(max_length=64, editable=False)
    target = models.CharField(max_length=200, editable=False)
    details_text = models.TextField(default="{}", editable=False)
    request_id = models.CharField(max_length=64, blank=True, editable=False)
    previous_hash = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "entries"
        constraints = [
            # a forked chain would need two entries of one number: the database itself refuses the fork
            models.UniqueConstraint(
                fields=["organisation", "sequence"], name="audit_one_entry_per_number"
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "-created_at", "-id"]),
            models.Index(fields=["organisation", "action", "-created_at"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.target}"

    @property
    def details(self) -> dict[str, Any]:
        """The recorded details; kept as text so that what is hashed is what is stored."""
        return dict(json.loads(self.details_text))


class ChainHead(models.Model):
    """The last number and hash of an organisation's chain; locked while an entry is added."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, primary_key=True, related_name="+"
    )
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)


class SignedHead(AppendOnlyModel):
    """A signature over a past head: entries up to it cannot be rewritten or cut off unnoticed."""

    sequence = models.PositiveBigIntegerField(editable=False)
    hash = models.CharField(max_length=64, editable=False)
    key_id = models.CharField(max_length=64, editable=False)
    signature = models.BinaryField(editable=False)

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sequence"], name="audit_one_signature_per_number"
            )
        ]
