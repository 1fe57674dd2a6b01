"""The hierarchy: organisation keys under the master key, data keys under organisation keys."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone

from platform_core.accounts.api import Actor, Organisation
from platform_core.audit import api as audit
from platform_core.vault import aead
from platform_core.vault.errors import DataKeyShreddedError, MasterKeyError
from platform_core.vault.master import MasterKeys, Wrapped, master_keys
from platform_core.vault.models import DataKey, MasterKeyRecord, OrganisationKey


@contextmanager
def wrapping() -> Iterator[MasterKeys]:
    """Hold the lock under which keys are wrapped by the master key.

    A rotation drops the old master key under the same lock, so no row can appear wrapped by a dropped key.
    """
    with transaction.atomic():
        MasterKeyRecord.objects.get_or_create(pk=MasterKeyRecord.SINGLETON)
        MasterKeyRecord.objects.select_for_update().get(pk=MasterKeyRecord.SINGLETON)
        yield master_keys()


def wrap(keys: MasterKeys, secret: bytes, *, binding: bytes) -> Wrapped:
    """Wrap `secret` by the master key, inside `wrapping()`.

    Raises:
        MasterKeyError: the master key is not the one this database uses; going on would split it in two.
    """
    wrapped = keys.wrap(secret, binding=binding)
    record = MasterKeyRecord.objects.get(pk=MasterKeyRecord.SINGLETON)
    if not record.master_key_id:
        record.master_key_id = wrapped.key_id
        record.save(update_fields=["master_key_id"])
    elif record.master_key_id != wrapped.key_id:
        raise MasterKeyError(
            f"The master key {wrapped.key_id} is not {record.master_key_id}, which this database uses.",
            remedy="Restore the right key, or run `manage.py rotate_master_key` if you replaced it "
            "and kept the old one beside it.",
        )
    return wrapped


def binding_of(row: OrganisationKey) -> bytes:
    """Return what a wrapped organisation key is bound to."""
    return aead.bind("organisation-key", str(row.organisation_id), str(row.pk))


def organisation_key(organisation_id: uuid.UUID) -> OrganisationKey:
    """Return the organisation's key row, made at first use."""
    found = OrganisationKey.objects.filter(organisation_id=organisation_id).first()
    return found or _create_organisation_key(organisation_id)


def _create_organisation_key(organisation_id: uuid.UUID) -> OrganisationKey:
    with wrapping() as keys:
        if found := OrganisationKey.objects.filter(organisation_id=organisation_id).first():
            return found
        row = OrganisationKey(organisation_id=organisation_id)
        wrapped = wrap(keys, aead.new_key(), binding=binding_of(row))
        row.wrapped, row.master_key_id = wrapped.value, wrapped.key_id
        row.save(force_insert=True)
        return row


def open_organisation_key(row: OrganisationKey) -> bytes:
    """Return the organisation's key in the clear."""
    wrapped = Wrapped(row.master_key_id, bytes(row.wrapped))
    return master_keys().unwrap(wrapped, binding=binding_of(row))


@transaction.atomic
def create_data_key(
    *, organisation: Organisation, purpose: str, actor: Actor | None = None
) -> DataKey:
    """Create a key for one body of data.

    Args:
        organisation: whose data it will encrypt.
        purpose: what for, in a few words (`dataset churn v3`); shown in the console.
        actor: who caused it; with one, an audit entry is written.
    """
    parent = organisation_key(organisation.pk)
    row = DataKey(organisation=organisation, purpose=purpose[:80], organisation_key=parent)
    row.wrapped = aead.seal(open_organisation_key(parent), aead.new_key(), binding=_binding(row))
    row.save(force_insert=True)
    if actor is not None:
        audit.record(
            actor=actor,
            action="vault.key.create",
            target=f"datakey:{row.pk}",
            details={"purpose": row.purpose},
        )
    return row


def open_data_key(data_key: DataKey) -> bytes:
    """Return the data key in the clear; the row is read each time, so a shred takes effect at once.

    Raises:
        DataKeyShreddedError: the key was destroyed.
        DecryptionError: the wrapped key was altered.
    """
    row = DataKey.objects.select_related("organisation_key").filter(pk=data_key.pk).first()
    if row is None or row.wrapped is None:
        raise DataKeyShreddedError
    parent = open_organisation_key(row.organisation_key)
    return aead.unseal(parent, bytes(row.wrapped), binding=_binding(row))


@transaction.atomic
def shred(*, data_key: DataKey, actor: Actor | None = None) -> None:
    """Forget the wrapped key for good: what it encrypted can never be read again.

    Args:
        data_key: the key; destroying it twice is fine.
        actor: who asked for it; with one, an audit entry is written.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # overwrite the old bytes in the file, not only unlink them
            cursor.execute("PRAGMA secure_delete=ON")
    now = timezone.now()
    alive = DataKey.objects.filter(pk=data_key.pk, shredded_at__isnull=True)
    if not alive.update(wrapped=None, shredded_at=now):
        return
    data_key.wrapped, data_key.shredded_at = None, now
    if actor is not None:
        audit.record(
            actor=actor,
            action="vault.key.shred",
            target=f"datakey:{data_key.pk}",
            details={"purpose": data_key.purpose},
        )


def _binding(row: DataKey) -> bytes:
    return aead.bind("data-key", str(row.organisation_id), str(row.pk))
