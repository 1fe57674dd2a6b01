"""Model fields whose column holds ciphertext, bound to organisation, table, column and row.

The value is decrypted when it is first read from the instance, so listing rows costs nothing. Such a
field can be neither searched nor set by `update()`; `save()`, `create()` and `bulk_create()` write it.
"""

import json
import time
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from platform_core.vault import aead, keys
from platform_core.vault.errors import DecryptionError
from platform_core.vault.models import OrganisationKey

_CACHE_S = 30.0
_opened: dict[UUID, tuple[float, bytes]] = {}
"""OrganisationKey id -> (when, key): a page of a hundred rows opens the organisation's key once."""


class Sealed(bytes):
    """Ciphertext of a field, as it came from the database: organisation key id | sealed value."""

    __slots__ = ()


class SealedAttribute(DeferredAttribute):
    """Decrypts at first access; defines `__set__` so that the instance's dictionary does not shadow it."""

    field: "EncryptedTextField"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        """Return the value in the clear."""
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = self.field.open(instance, value)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: object) -> None:
        """Keep the value until it is saved."""
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text, encrypted at rest; the row needs `organisation_id` and a primary key set before saving."""

    descriptor_class = SealedAttribute

    def encode(self, value: Any) -> bytes:
        """Return the bytes to encrypt."""
        if not isinstance(value, str):
            raise TypeError(f"{self.name} takes text, not {type(value).__name__}.")
        return value.encode()

    def decode(self, plaintext: bytes) -> Any:
        """Return the value of decrypted bytes."""
        return plaintext.decode()

    def open(self, instance: models.Model, sealed: Sealed) -> Any:
        """Decrypt a value of `instance`.

        Raises:
            DecryptionError: altered, or moved from another row, column, table or organisation.
        """
        key = _key_by_id(UUID(bytes=sealed[:16]))
        return self.decode(aead.unseal(key, sealed[16:], binding=self._binding(instance)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001
        """Encrypt a value that was set; one that was never read stays as it is."""
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        row = keys.organisation_key(model_instance.organisation_id)  # type: ignore[attr-defined]
        secret = keys.open_organisation_key(row)
        binding = self._binding(model_instance)
        return Sealed(row.pk.bytes + aead.seal(secret, self.encode(value), binding=binding))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Pass ciphertext on; refuse anything else, so that no route writes plaintext."""
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} is encrypted: use save(), not update() or a filter.")
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, *_: object) -> Sealed | None:
        """Mark ciphertext as such."""
        return None if value is None else Sealed(bytes(value))

    def to_python(self, value: Any) -> Any:
        """Leave the value as it is (BinaryField would decode base64)."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Refuse: a dump would hold the plaintext."""
        raise TypeError(f"{self.name} is encrypted and cannot be dumped.")

    def _binding(self, instance: models.Model) -> bytes:
        owner = str(instance.organisation_id)  # type: ignore[attr-defined]
        table = self.model._meta.db_table  # noqa: SLF001  (Django's public convention)
        return aead.bind("field", owner, table, str(self.column), str(instance.pk))


class EncryptedJSONField(EncryptedTextField):
    """A JSON value, encrypted at rest. Changing it in place is seen by `save()` only once it was read."""

    def encode(self, value: Any) -> bytes:
        """Return canonical JSON."""
        return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()

    def decode(self, plaintext: bytes) -> Any:
        """Parse JSON."""
        return json.loads(plaintext)


def _key_by_id(key_id: UUID) -> bytes:
    """Return an organisation's key; cached by the row's id, never by the organisation's."""
    found = _opened.get(key_id)
    if found is None or time.monotonic() - found[0] > _CACHE_S:
        row = OrganisationKey.objects.filter(pk=key_id).first()
        if row is None:
            raise DecryptionError
        _opened.clear()
        found = _opened[key_id] = (time.monotonic(), keys.open_organisation_key(row))
    return found[1]
