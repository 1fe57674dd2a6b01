"""The one authenticated cipher of the vault: AES-256-GCM under a key that is used once.

Blob: version byte | 32-byte salt | ciphertext | 16-byte tag. Wrapped keys, small blobs and encrypted fields
all have this form; only the key and the binding differ.
"""

import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from platform_core.vault.errors import DecryptionError

KEY_BYTES = 32
SALT_BYTES = 32
TAG_BYTES = 16
_VERSION = b"\x01"
_INFO = b"pentaquark vault blob v1"
_ZERO_NONCE = bytes(12)
"""Safe although constant: every blob has its own key, derived with a fresh 256-bit random salt, and that key
encrypts exactly one message."""


def new_key() -> bytes:
    """Return 256 random bits."""
    return os.urandom(KEY_BYTES)


def bind(*parts: str) -> bytes:
    """Return an unambiguous encoding of what a ciphertext belongs to, for the associated data."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def derive(key: bytes, *, salt: bytes, info: bytes, length: int = KEY_BYTES) -> bytes:
    """Return a key derived by HKDF-SHA-256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)


def seal(key: bytes, plaintext: bytes, *, binding: bytes) -> bytes:
    """Encrypt a small message that opens only with the same key and binding."""
    salt = os.urandom(SALT_BYTES)
    cipher = AESGCM(derive(key, salt=salt, info=_INFO))
    return _VERSION + salt + cipher.encrypt(_ZERO_NONCE, plaintext, binding)


def unseal(key: bytes, sealed: bytes, *, binding: bytes) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        DecryptionError: wrong key, wrong binding, or altered.
    """
    start = len(_VERSION)
    if sealed[:start] != _VERSION or len(sealed) < start + SALT_BYTES + TAG_BYTES:
        raise DecryptionError
    salt, body = sealed[start : start + SALT_BYTES], sealed[start + SALT_BYTES :]
    try:
        return AESGCM(derive(key, salt=salt, info=_INFO)).decrypt(_ZERO_NONCE, body, binding)
    except InvalidTag:
        raise DecryptionError from None
