"""Reads UBJSON (ubjson.org, draft 12) as XGBoost writes it, refusing what runs past its end.

XGBoost's own reader walks out of a file that was cut short and takes the process with it, so files are read
here first. Typed arrays become numpy arrays.
"""

import struct
from typing import Any

import numpy as np

_MAX_DEPTH = 64
_NUMBERS = {
    b"i": ">i1",
    b"U": ">u1",
    b"I": ">i2",
    b"l": ">i4",
    b"L": ">i8",
    b"d": ">f4",
    b"D": ">f8",
}
_DTYPES = {marker: np.dtype(code) for marker, code in _NUMBERS.items()}
_CONSTANTS = {b"T": True, b"F": False, b"Z": None}


class UbjsonError(ValueError):
    """The content is not UBJSON, or ends early."""


def loads(content: bytes) -> Any:
    """Return the document.

    Raises:
        UbjsonError: malformed, too deep, or bytes are missing or left over.
    """
    reader = _Reader(content)
    try:
        value = reader.value(reader.take(1), _MAX_DEPTH)
    except (struct.error, UnicodeDecodeError) as error:
        raise UbjsonError(f"malformed near byte {reader.at}") from error
    if reader.at != len(content):
        raise UbjsonError(f"{len(content) - reader.at} bytes follow the document")
    return value


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content, self.at = content, 0

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        if count < 0 or self.at + count > len(self._content):
            raise UbjsonError(
                f"the file ends at byte {len(self._content)}, before its content does"
            )
        self.at += count
        return self._content[self.at - count : self.at]

    def value(self, marker: bytes, depth: int) -> Any:
        """Return the value whose marker was just read."""
        if marker in _DTYPES:
            return self._number(marker)
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker == b"S":
            return self._text()
        if depth and marker == b"{":
            return self._object(depth - 1)
        if depth and marker == b"[":
            return self._array(depth - 1)
        raise UbjsonError(f"malformed near byte {self.at}: {marker!r}")

    def _number(self, marker: bytes) -> Any:
        dtype = _DTYPES[marker]
        return np.frombuffer(self.take(dtype.itemsize), dtype=dtype)[0].item()

    def _length(self) -> int:
        marker = self.take(1)
        if marker not in b"iUIlL":
            raise UbjsonError(f"malformed length near byte {self.at}")
        return int(self._number(marker))

    def _text(self) -> str:
        return self.take(self._length()).decode()

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while True:
            if self.take(1) == b"}":
                return made
            self.at -= 1
            key = self._text()
            made[key] = self.value(self.take(1), depth)

    def _array(self, depth: int) -> Any:
        marker = self.take(1)
        if marker == b"$":
            return self._typed()
        if marker == b"#":
            return [self.value(self.take(1), depth) for _ in range(self._bounded(self._length()))]
        made = []
        while marker != b"]":
            made.append(self.value(marker, depth))
            marker = self.take(1)
        return made

    def _typed(self) -> Any:
        marker = self.take(1)
        if marker not in _DTYPES or self.take(1) != b"#":
            raise UbjsonError(f"malformed array near byte {self.at}")
        dtype = _DTYPES[marker]
        count = self._length()
        return np.frombuffer(self.take(count * dtype.itemsize), dtype=dtype)

    def _bounded(self, count: int) -> int:
        if count > len(self._content) - self.at:  # every element takes a byte at least
            raise UbjsonError(f"an array of {count} elements does not fit the file")
        return count
