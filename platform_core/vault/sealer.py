"""Seals many small values under one data key, opening the key once in a while instead of each time."""

import time
from hashlib import blake2b
from uuid import UUID

from platform_core.vault import aead, keys
from platform_core.vault.models import DataKey

_KEPT_S = 30.0
_MAX_KEPT = 256
_opened: dict[UUID, tuple[float, "Sealer"]] = {}


class Sealer:
    """Encrypts and names values of one body of data; what it made opens only with the same place."""

    def __init__(self, secret: bytes, data_key_id: UUID) -> None:
        self._secret = secret
        self._owner = str(data_key_id)
        self._naming = aead.derive(secret, salt=b"", info=b"pentaquark vault names v1")

    def seal(self, plaintext: bytes, *place: str) -> bytes:
        """Encrypt a value that lies at `place`."""
        binding = aead.bind("sealed", self._owner, *place)
        return aead.seal(self._secret, plaintext, binding=binding)

    def unseal(self, sealed: bytes, *place: str) -> bytes:
        """Decrypt what `seal` made for the same place.

        Raises:
            DecryptionError: altered, moved, or of another key.
        """
        binding = aead.bind("sealed", self._owner, *place)
        return aead.unseal(self._secret, bytes(sealed), binding=binding)

    def name(self, text: str) -> str:
        """Return 32 hex digits that stand for a text, told apart only with the key."""
        return blake2b(text.encode(), key=self._naming, digest_size=16).hexdigest()


def sealer(data_key_id: UUID) -> Sealer:
    """Return the sealer of a data key; a shred shows in other processes within 30 s.

    Raises:
        DataKeyShreddedError: the key was destroyed.
    """
    found = _opened.get(data_key_id)
    if found is not None and time.monotonic() - found[0] < _KEPT_S:
        return found[1]
    made = Sealer(keys.open_data_key(DataKey(pk=data_key_id)), data_key_id)
    if len(_opened) >= _MAX_KEPT:
        _opened.clear()
    _opened[data_key_id] = (time.monotonic(), made)
    return made
