"""Ed25519 signatures of the platform: model bundles, audit heads, edge updates.

Callers put a word of their own at the start of the payload (`pentaquark model version v1`), so that a
signature made for one use is worthless for another.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction

from platform_core.vault import aead, keys
from platform_core.vault.errors import DecryptionError, MasterKeyError, SignatureInvalidError
from platform_core.vault.master import Wrapped, master_keys
from platform_core.vault.models import SigningKey

_RETIRED = b"retired"
"""Takes the place of a retired private key; wrapped by the master key, it still proves the row is genuine."""


@dataclass(frozen=True)
class Signature:
    """A signature and the key that made it.

    Attributes:
        key_id: id of the SigningKey.
        value: 64 bytes.
    """

    key_id: str
    value: bytes


def sign(payload: bytes) -> Signature:
    """Sign with the platform's active key, made at first use."""
    row = SigningKey.objects.filter(is_active=True).first() or _create_first()
    return Signature(row.pk, Ed25519PrivateKey.from_private_bytes(_open(row)).sign(payload))


def verify_signature(payload: bytes, signature: Signature) -> None:
    """Check a signature by the key that made it, active or retired.

    Raises:
        SignatureInvalidError: altered payload or signature, unknown key, or a key not made by this platform.
    """
    row = SigningKey.objects.filter(pk=signature.key_id).first()
    if row is None:
        raise SignatureInvalidError(f"The signing key {signature.key_id!r} is unknown here.")
    try:
        _open(row)
        Ed25519PublicKey.from_public_bytes(bytes(row.public_key)).verify(signature.value, payload)
    except (InvalidSignature, DecryptionError, ValueError):
        raise SignatureInvalidError("The signature does not fit what was signed.") from None


def public_keys() -> Mapping[str, bytes]:
    """Return key id -> raw Ed25519 public key (32 bytes), for all keys there ever were."""
    return {row.pk: bytes(row.public_key) for row in SigningKey.objects.all()}


def rotate_signing_key() -> str:
    """Retire the active key, destroying its private half, and return the id of a new one."""
    with keys.wrapping() as master:
        for row in SigningKey.objects.select_for_update().filter(is_active=True):
            wrapped = keys.wrap(master, _RETIRED, binding=binding_of(row))
            row.wrapped, row.master_key_id, row.is_active = wrapped.value, wrapped.key_id, False
            row.save()
        return _insert_new().pk


def binding_of(row: SigningKey) -> bytes:
    """Return what a wrapped signing key is bound to: also its public half, so neither can be exchanged."""
    return aead.bind("signing-key", row.pk, bytes(row.public_key).hex())


def _create_first() -> SigningKey:
    with keys.wrapping():
        return SigningKey.objects.filter(is_active=True).first() or _insert_new()


@transaction.atomic
def _insert_new() -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    row = SigningKey(pk=hashlib.sha256(public).hexdigest()[:16], public_key=public)
    wrapped = keys.wrap(master_keys(), private.private_bytes_raw(), binding=binding_of(row))
    row.wrapped, row.master_key_id = wrapped.value, wrapped.key_id
    row.save(force_insert=True)
    return row


def _open(row: SigningKey) -> bytes:
    wrapped = Wrapped(row.master_key_id, bytes(row.wrapped))
    secret = master_keys().unwrap(wrapped, binding=binding_of(row))
    if row.is_active and secret == _RETIRED:
        raise MasterKeyError(f"The signing key {row.pk} is retired, but its row says active.")
    return secret
