"""Writing an encrypted file: constant memory, nothing visible before a clean close."""

import io
from types import TracebackType
from typing import Any

from platform_core.vault import stream
from platform_core.vault.errors import VaultError
from platform_core.vault.store import Sink
from platform_core.vault.stream import CHUNK_BYTES, Buffer, ChunkCipher


class EncryptedWriter(io.BufferedIOBase):
    """A binary file whose bytes leave this object only encrypted; not for use by several threads at once.

    Leaving a `with` block normally makes the object visible; leaving it by an exception, `abort()`, or
    dropping the writer unclosed removes every trace.
    """

    def __init__(self, *, sink: Sink, cipher: ChunkCipher, header: bytes) -> None:
        self._sink: Sink | None = sink
        self._cipher = cipher
        self._plain = bytearray(CHUNK_BYTES)
        self._filled = 0
        self._number = 0
        sink.write(header)

    def writable(self) -> bool:
        """It is, until closed."""
        return not self.closed

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._number * CHUNK_BYTES + self._filled

    def write(self, data: Any, /) -> int:
        """Take all of `data`.

        Raises:
            StoreUnavailableError: the store failed; the writer is aborted.
        """
        if self.closed:
            raise ValueError("The writer is closed.")
        view = memoryview(data).cast("B")
        taken = 0
        while taken < len(view):
            if self._filled == CHUNK_BYTES:  # more data follows, so the full chunk is not the last
                self._emit(self._plain, last=False)
                self._filled = 0
            taken += self._take_from(view[taken:])
        return len(view)

    def _take_from(self, view: memoryview) -> int:
        if self._filled == 0 and len(view) > CHUNK_BYTES:
            # a whole chunk, and not the last: no copy
            self._emit(view[:CHUNK_BYTES], last=False)
            return CHUNK_BYTES
        count = min(CHUNK_BYTES - self._filled, len(view))
        self._plain[self._filled : self._filled + count] = view[:count]
        self._filled += count
        return count

    def _emit(self, plaintext: Buffer, *, last: bool) -> None:
        try:
            self._put(plaintext, last=last)
        except BaseException:
            self.abort()
            raise
        self._number += 1

    def _put(self, plaintext: Buffer, *, last: bool) -> None:
        if self._sink is None:
            raise ValueError("The writer is closed.")
        if self._number >= stream.MAX_CHUNKS:
            raise VaultError("The file is too large: its chunk numbers are used up.")
        # a new buffer each time: the store may still be uploading the last one
        self._sink.write(self._cipher.encrypt(self._number, plaintext, last=last))

    def close(self) -> None:
        """Encrypt what is left and make the object visible; closing twice is fine."""
        if self.closed:
            return
        self._emit(memoryview(self._plain)[: self._filled], last=True)
        sink, self._sink = self._sink, None
        super().close()
        if sink is not None:
            sink.close()

    def abort(self) -> None:
        """Throw away everything written; nothing ever becomes visible."""
        self._sink = None  # obstore removes the staged file when its writer is dropped
        super().close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close, or abort when the block failed."""
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        """Abort: io.IOBase would close, and so publish a half-written file."""
        self._sink = None
