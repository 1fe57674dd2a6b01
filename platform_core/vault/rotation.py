"""Changing the master key: every key it wraps is wrapped anew; no data is rewritten.

Safe to interrupt anywhere: each row names the master key it is wrapped by, one row changes per
transaction, and the old master key is dropped last, under the lock that also guards wrapping. Running it
again goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from platform_core.vault import keys, signing
from platform_core.vault.errors import MasterKeyError
from platform_core.vault.master import MasterKeys, Wrapped
from platform_core.vault.models import MasterKeyRecord, OrganisationKey, SigningKey

KeyRow = OrganisationKey | SigningKey


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the new master key's id and how many keys were wrapped anew."""

    master_key_id: str
    rewrapped: int


def rotate_master_key(*, report: Callable[[KeyRow], None] = lambda row: None) -> Rotation:
    """Replace the master key and wrap all organisation and signing keys anew.

    Args:
        report: called after each key, for progress.

    Raises:
        MasterKeyError: there is no new key to rotate to, or the old one is missing.
    """
    with keys.wrapping() as master:
        new_id = master.begin_rotation()
        MasterKeyRecord.objects.update(master_key_id=new_id)
    done = 0
    while row := _next_old(new_id):
        _rewrap(row, new_id)
        done += 1
        report(row)
    with keys.wrapping() as master:
        if _next_old(new_id):  # another rotation began meanwhile; it will finish
            raise MasterKeyError("Another rotation is running.", remedy="Run the command again.")
        master.end_rotation()
        MasterKeyRecord.objects.update(rotated_at=timezone.now())
    return Rotation(master_key_id=new_id, rewrapped=done)


def _next_old(new_id: str) -> KeyRow | None:
    tables = (OrganisationKey.objects, SigningKey.objects)
    found = (rows.exclude(master_key_id=new_id).order_by("pk").first() for rows in tables)
    return next((row for row in found if row is not None), None)


def _rewrap(row: KeyRow, new_id: str) -> None:
    with keys.wrapping() as master:
        row.refresh_from_db()
        binding = _binding(row)
        secret = master.unwrap(Wrapped(row.master_key_id, bytes(row.wrapped)), binding=binding)
        wrapped = _wrap_by(master, secret, binding, new_id)
        row.wrapped, row.master_key_id = wrapped.value, wrapped.key_id
        row.save(update_fields=["wrapped", "master_key_id"])


def _wrap_by(master: MasterKeys, secret: bytes, binding: bytes, new_id: str) -> Wrapped:
    wrapped = master.wrap(secret, binding=binding)
    if wrapped.key_id != new_id:
        raise MasterKeyError("The master key changed during the rotation.", remedy="Run it again.")
    return wrapped


def _binding(row: KeyRow) -> bytes:
    if isinstance(row, SigningKey):
        return signing.binding_of(row)
    return keys.binding_of(row)
