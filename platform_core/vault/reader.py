"""Reading an encrypted file: any position, at most two chunks of plaintext held."""

import io
from typing import Any

from platform_core.vault import store, stream
from platform_core.vault.aead import TAG_BYTES
from platform_core.vault.errors import DecryptionError, StoreUnavailableError
from platform_core.vault.stream import CHUNK_BYTES, SEALED_CHUNK_BYTES, ChunkCipher, Layout

_AHEAD = 4
"""Chunks fetched at once while reading on; fewer requests, and still a bounded window."""


class EncryptedReader(io.BufferedIOBase):
    """A binary, seekable file; not for use by several threads at once.

    Opening decrypts the last chunk, so `size` is authentic and a file cut short is refused at once.

    Attributes:
        size: plaintext bytes.
    """

    def __init__(self, *, path: str, first: store.Piece, cipher: ChunkCipher) -> None:
        self._path = path
        self._cipher = cipher
        self._layout = Layout.of(first.object_size)
        self.size = self._layout.size
        self._position = 0
        self._window_start = 0
        self._window = first.data[stream.HEADER_BYTES :]
        self._last = self._decrypt(self._layout.chunks - 1)
        self._current: tuple[int, bytearray] = (self._layout.chunks - 1, self._last)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move; beyond the end is allowed and reads nothing there."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("A position before the start was asked for.")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        """Return `size` bytes, or all up to the end; fewer only at the end.

        Raises:
            DecryptionError: the file is not as it was written.
        """
        left = max(0, self.size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        buffer = bytearray(wanted)
        self.readinto(buffer)
        return bytes(buffer)

    def read1(self, size: int = -1, /) -> bytes:
        """Return what one chunk still holds, at most `size` bytes."""
        rest = CHUNK_BYTES - self._position % CHUNK_BYTES
        return self.read(rest if size < 0 else min(size, rest))

    def readinto(self, buffer: Any, /) -> int:
        """Fill `buffer`; return how many bytes, fewer than its length only at the end."""
        if self.closed:
            raise ValueError("The reader is closed.")
        view = memoryview(buffer).cast("B")
        done = 0
        while done < len(view) and self._position < self.size:
            count = self._copy_into(view[done:])
            self._position += count
            done += count
        return done

    def readinto1(self, buffer: Any, /) -> int:
        """As `readinto`."""
        return self.readinto(buffer)

    def _copy_into(self, view: memoryview) -> int:
        """Copy from the chunk at the position; a chunk wanted whole is decrypted straight into `view`."""
        number, offset = divmod(self._position, CHUNK_BYTES)
        length = self._layout.chunk_bytes(number)
        if offset == 0 and len(view) >= length and number != self._layout.chunks - 1:
            self._decrypt_into(number, view[:length])
            return length
        chunk = self._chunk(number)
        count = min(length - offset, len(view))
        view[:count] = memoryview(chunk)[offset : offset + count]
        return count

    def _chunk(self, number: int) -> bytearray:
        if number == self._layout.chunks - 1:
            return self._last
        if self._current[0] != number:
            self._current = (number, self._decrypt(number))
        return self._current[1]

    def _decrypt(self, number: int) -> bytearray:
        plaintext = bytearray(self._layout.chunk_bytes(number))
        self._decrypt_into(number, plaintext)
        return plaintext

    def _decrypt_into(self, number: int, out: Any) -> None:
        last = number == self._layout.chunks - 1
        self._cipher.decrypt_into(number, self._fetch(number), out, last=last)

    def _fetch(self, number: int) -> memoryview:
        """Return the sealed chunk, from the window of bytes fetched last or by a new request."""
        length = self._layout.chunk_bytes(number) + TAG_BYTES
        start = (number * SEALED_CHUNK_BYTES) - self._window_start
        if start < 0 or start + length > len(self._window):
            going_on = start == len(self._window)
            self._window = self._request(number, SEALED_CHUNK_BYTES * (_AHEAD if going_on else 1))
            self._window_start, start = number * SEALED_CHUNK_BYTES, 0
        return self._window[start : start + length]

    def _request(self, number: int, length: int) -> memoryview:
        start = stream.HEADER_BYTES + number * SEALED_CHUNK_BYTES
        return store.read_piece(self._path, start, length).data


def open_first(path: str) -> store.Piece:
    """Fetch the header and first chunk in one request.

    Raises:
        ObjectMissingError: there is no such object.
        DecryptionError: it is not an encrypted file.
    """
    try:
        first = store.read_piece(path, 0, stream.HEADER_BYTES + SEALED_CHUNK_BYTES)
    except StoreUnavailableError:
        if store.object_size(path) == 0:  # an empty object has no first byte to ask for
            raise DecryptionError from None
        raise
    if bytes(first.data[: len(stream.MAGIC)]) != stream.MAGIC:
        raise DecryptionError
    return first
