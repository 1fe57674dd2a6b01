"""Public door of vault: keys and ciphertext; bodies follow within minutes, the signatures are final."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from platform_core.accounts.api import Actor, Organisation
from platform_core.vault.errors import (
    DataKeyShreddedError,
    DecryptionError,
    MasterKeyError,
    ObjectMissingError,
    ObjectPathError,
    SignatureInvalidError,
    StoreUnavailableError,
    VaultError,
)
from platform_core.vault.models import DataKey

__all__ = [
    "DataKey",
    "DataKeyShreddedError",
    "DecryptionError",
    "EncryptedReader",
    "EncryptedWriter",
    "MasterKeyError",
    "ObjectMissingError",
    "ObjectPathError",
    "Signature",
    "SignatureInvalidError",
    "StoreUnavailableError",
    "VaultError",
    "create_data_key",
    "delete_object",
    "exists",
    "list_objects",
    "object_size",
    "open_reader",
    "open_writer",
    "public_keys",
    "rotate_master_key",
    "seal",
    "shred",
    "sign",
    "unseal",
    "verify_signature",
]


class EncryptedWriter(io.BufferedIOBase):
    """Binary file-like; nothing visible until a clean close; an exception in `with` aborts."""

    def abort(self) -> None:
        """Throw away what was written."""


class EncryptedReader(io.BufferedIOBase):
    """Binary file-like, seekable."""

    size: int


@dataclass(frozen=True)
class Signature:
    """An Ed25519 signature."""

    key_id: str
    value: bytes


def create_data_key(
    *, organisation: Organisation, purpose: str, actor: Actor | None = None
) -> DataKey:
    """Create a data key; with `actor` an audit entry is written."""
    raise NotImplementedError


def shred(*, data_key: DataKey, actor: Actor | None = None) -> None:
    """Forget the wrapped key for good; with `actor` an audit entry is written."""
    raise NotImplementedError


def rotate_master_key() -> None:
    """Re-wrap the organisation keys and signing keys by a new master key."""
    raise NotImplementedError


def open_writer(*, data_key: DataKey, path: str, context: Mapping[str, str]) -> EncryptedWriter:
    """Open `path` for encrypted writing."""
    raise NotImplementedError


def open_reader(*, data_key: DataKey, path: str, context: Mapping[str, str]) -> EncryptedReader:
    """Open `path` for reading."""
    raise NotImplementedError


def delete_object(path: str) -> None:
    """Delete the object at `path`; absent is fine."""
    raise NotImplementedError


def exists(path: str) -> bool:
    """Say whether an object is at `path`."""
    raise NotImplementedError


def object_size(path: str) -> int:
    """Return the stored (encrypted) size in bytes."""
    raise NotImplementedError


def list_objects(prefix: str) -> Iterator[str]:
    """Yield the paths below the folder `prefix`."""
    raise NotImplementedError


def seal(*, data_key: DataKey, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    """Encrypt a small blob."""
    raise NotImplementedError


def unseal(*, data_key: DataKey, sealed: bytes, context: Mapping[str, str]) -> bytes:
    """Decrypt a small blob."""
    raise NotImplementedError


def sign(payload: bytes) -> Signature:
    """Sign with the platform's active key."""
    raise NotImplementedError


def verify_signature(payload: bytes, signature: Signature) -> None:
    """Check a signature; raises SignatureInvalidError."""
    raise NotImplementedError


def public_keys() -> Mapping[str, bytes]:
    """Return key id -> raw Ed25519 public key."""
    raise NotImplementedError
