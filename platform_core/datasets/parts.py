"""Files that arrive in parts: each part is an object of its own, read as one file in the end."""

import io
from typing import Any, BinaryIO, cast

from platform_core.datasets.models import SourceFile
from platform_core.vault import api as vault

PART_BYTES = 32 * 2**20
"""A broken connection loses less than this; the request around it costs about 20 ms."""


def count(file: SourceFile) -> int:
    """Return how many parts the file has."""
    return -(-file.size_bytes // file.part_bytes)


def length(file: SourceFile, number: int) -> int:
    """Return the bytes of one part."""
    return min(file.part_bytes, file.size_bytes - number * file.part_bytes)


def path(file: SourceFile, number: int) -> str:
    """Return where a part lies."""
    return f"{file.path}/{number}"


def context(file: SourceFile, number: int) -> dict[str, str]:
    """Return what the ciphertext of a part is bound to: parts cannot change places."""
    return file.context | {"part": str(number)}


def open_source(file: SourceFile) -> BinaryIO:
    """Open a received file for reading, at any position.

    Raises:
        DecryptionError, ObjectMissingError: it is not as it was written.
    """
    if file.part_bytes:
        return cast("BinaryIO", PartsReader(file))
    reader = vault.open_reader(data_key=file.data_key, path=file.path, context=file.context)
    return cast("BinaryIO", reader)


class PartsReader(io.RawIOBase):
    """The parts of a file as one; holds one of them open."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._open = vault.opener(data_key=file.data_key)
        self._position = 0
        self._number = -1
        self._part: vault.EncryptedReader | None = None

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
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._file.size_bytes}
        if starts[whence] + offset < 0:
            raise ValueError("A position before the start was asked for.")
        self._position = starts[whence] + offset
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Fill `buffer`; return how many bytes, fewer than its length only at the end."""
        view, done = memoryview(buffer).cast("B"), 0
        while done < len(view) and self._position < self._file.size_bytes:
            got = self._at_position().readinto(view[done:])
            if not got:
                raise vault.DecryptionError
            done += got
            self._position += got
        return done

    def _at_position(self) -> vault.EncryptedReader:
        number, offset = divmod(self._position, self._file.part_bytes)
        if self._part is None or number != self._number:
            self._close_part()
            self._part = self._open(path(self._file, number), context(self._file, number))
            if self._part.size != length(self._file, number):
                raise vault.DecryptionError
            self._number = number
        self._part.seek(offset)
        return self._part

    def _close_part(self) -> None:
        if self._part is not None:
            self._part.close()
            self._part = None

    def close(self) -> None:
        """Close the part that is open."""
        self._close_part()
        super().close()
