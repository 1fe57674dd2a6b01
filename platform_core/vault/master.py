"""The master key: wraps organisation keys and the signing key, never data.

To add a KMS or Vault Transit: write a class with the four methods of `MasterKeys` whose `wrap` and `unwrap`
call the service (`key_id` = the service's key version), and name its URL scheme in `master_keys`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings

from platform_core.vault import aead
from platform_core.vault.errors import MasterKeyError
from platform_core.vault.keyfiles import KeyFile, KeySource, KeyVariable


@dataclass(frozen=True)
class Wrapped:
    """A key encrypted by the master key `key_id`."""

    key_id: str
    value: bytes


class MasterKeys(Protocol):
    """What the vault asks of whatever holds the master key."""

    def wrap(self, key: bytes, *, binding: bytes) -> Wrapped:
        """Encrypt `key` with the current master key."""

    def unwrap(self, wrapped: Wrapped, *, binding: bytes) -> bytes:
        """Decrypt, whichever known master key it was."""

    def begin_rotation(self) -> str:
        """Make a new current master key, or resume an interrupted rotation; return its id."""

    def end_rotation(self) -> None:
        """Forget all master keys but the current one."""


class LocalMasterKeys:
    """Master keys held by this machine."""

    def __init__(self, source: KeySource) -> None:
        self._source = source

    def wrap(self, key: bytes, *, binding: bytes) -> Wrapped:
        """Encrypt with the first key of the source, making one at first use."""
        current = (self._source.load() or self._source.create_first())[0]
        return Wrapped(_id_of(current), aead.seal(current, key, binding=binding))

    def unwrap(self, wrapped: Wrapped, *, binding: bytes) -> bytes:
        """Decrypt; the source is read each time, so a rotation elsewhere is noticed at once."""
        for key in self._source.load():
            if _id_of(key) == wrapped.key_id:
                return aead.unseal(key, wrapped.value, binding=binding)
        raise MasterKeyError(
            f"The master key {wrapped.key_id}, which this database was encrypted with, is missing.",
            remedy="Restore the key file from its backup, or name the right one in "
            "PENTAQUARK_MASTER_KEY_URL.",
        )

    def begin_rotation(self) -> str:
        """Put a new key in front; two keys present mean a rotation was interrupted, so go on with it."""
        keys = self._source.load() or self._source.create_first()
        if len(keys) == 1:
            keys = self._source.add(keys)
        return _id_of(keys[0])

    def end_rotation(self) -> None:
        """Forget the older keys."""
        self._source.keep_only_current(self._source.load())


def master_keys() -> MasterKeys:
    """Return the holder that settings.MASTER_KEY_URL names.

    Raises:
        MasterKeyError: unknown kind of URL.
    """
    url = urlsplit(settings.MASTER_KEY_URL)
    if url.scheme == "file":
        return LocalMasterKeys(KeyFile(Path(unquote(url.path))))
    if url.scheme == "env":
        return LocalMasterKeys(KeyVariable(url.path))
    raise MasterKeyError(
        f"PENTAQUARK_MASTER_KEY_URL has the unknown scheme {url.scheme!r}.",
        remedy="Use file:///path/to/key or env:NAME.",
    )


def _id_of(key: bytes) -> str:
    """Return a short name of a key; a hash of 256 random bits tells nothing about them."""
    return hashlib.sha256(b"pentaquark master key id" + key).hexdigest()[:16]
