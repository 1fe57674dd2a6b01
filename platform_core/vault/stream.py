"""The format of an encrypted file: which bytes, under which key, with which nonce.

    header: "PQV1" | 32-byte salt
    chunks: AES-256-GCM of 1 MiB of plaintext each (the last may be shorter; an empty file is one empty chunk)

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): chunk i is encrypted with the nonce
prefix | i | last?. So a chunk that was moved, repeated or left out has the wrong nonce, and a file cut at
a chunk border ends in a chunk that does not say "last". All fail to decrypt.
"""

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from platform_core.vault import aead
from platform_core.vault.binding import encode_context
from platform_core.vault.errors import DecryptionError

MAGIC = b"PQV1"
HEADER_BYTES = len(MAGIC) + aead.SALT_BYTES
CHUNK_BYTES = 2**20
SEALED_CHUNK_BYTES = CHUNK_BYTES + aead.TAG_BYTES
MAX_CHUNKS = 2**32
_PREFIX_BYTES = 7
_INFO = b"pentaquark vault stream v1"

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Place:
    """Where a ciphertext belongs; it opens nowhere else."""

    organisation_id: str
    data_key_id: str
    path: str
    context: Mapping[str, str]

    def associated_data(self, header: bytes) -> bytes:
        """Return 32 bytes that differ whenever header, owner, key, path or context differ."""
        words = ("stream", self.organisation_id, self.data_key_id, self.path)
        return sha256(header + aead.bind(*words, encode_context(self.context))).digest()


class ChunkCipher:
    """Encrypts and decrypts the chunks of one file.

    Why no nonce is ever used twice with one key: the key and the 7-byte nonce prefix are derived with a fresh
    256-bit random salt, so they belong to one file alone; within the file the nonce holds the chunk's number,
    and the writer encrypts each number once, in order, and never rewrites a chunk.
    """

    def __init__(self, *, data_key: bytes, header: bytes, place: Place) -> None:
        salt = header[len(MAGIC) :]
        secret = aead.derive(data_key, salt=salt, info=_INFO, length=aead.KEY_BYTES + _PREFIX_BYTES)
        self._cipher = AESGCM(secret[: aead.KEY_BYTES])
        self._prefix = secret[aead.KEY_BYTES :]
        self._associated = place.associated_data(header)

    def encrypt(self, number: int, plaintext: Buffer, *, last: bool) -> bytes:
        """Encrypt one chunk; the result is 16 bytes longer."""
        return self._cipher.encrypt(self._nonce(number, last=last), plaintext, self._associated)

    def decrypt_into(self, number: int, sealed: Buffer, out: Buffer, *, last: bool) -> None:
        """Decrypt one chunk into `out`, which is 16 bytes shorter than `sealed`.

        Raises:
            DecryptionError: anything is not as it was written; `out` then holds nothing of worth.
        """
        try:
            self._cipher.decrypt_into(self._nonce(number, last=last), sealed, self._associated, out)
        except InvalidTag:
            raise DecryptionError from None

    def _nonce(self, number: int, *, last: bool) -> bytes:
        return self._prefix + struct.pack(">IB", number, last)


def new_header() -> bytes:
    """Return a header with a fresh salt."""
    return MAGIC + os.urandom(aead.SALT_BYTES)


@dataclass(frozen=True)
class Layout:
    """How a file of a given stored size divides into chunks.

    Attributes:
        chunks: how many, at least 1.
        last_bytes: plaintext in the last chunk.
    """

    chunks: int
    last_bytes: int

    @classmethod
    def of(cls, stored_bytes: int) -> "Layout":
        """Divide a stored size.

        Raises:
            DecryptionError: no file can have this size.
        """
        sealed = stored_bytes - HEADER_BYTES
        chunks = max(1, -(-sealed // SEALED_CHUNK_BYTES))
        last = sealed - (chunks - 1) * SEALED_CHUNK_BYTES - aead.TAG_BYTES
        if last < 0 or (last == 0 and chunks > 1):
            raise DecryptionError
        return cls(chunks, last)

    @property
    def size(self) -> int:
        """Plaintext bytes in the file."""
        return (self.chunks - 1) * CHUNK_BYTES + self.last_bytes

    def chunk_bytes(self, number: int) -> int:
        """Plaintext bytes in chunk `number`."""
        return self.last_bytes if number == self.chunks - 1 else CHUNK_BYTES
