"""Finds the encoding of a text file by reading all of it, and serves it as UTF-8.

A file is UTF-8 unless proven otherwise. If some bytes are not, it is taken for Windows-1252 (or
Latin-1) when such bytes outnumber the valid multi-byte characters; else it is UTF-8 with an error,
and the error's place is named.
"""

import codecs
import io
from dataclasses import dataclass
from typing import BinaryIO

from platform_core.datasets.errors import FileRejectedError
from platform_core.datasets.ingest.opening import Member

_PIECE_BYTES = 2**20
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UNDEFINED_IN_1252 = b"\x81\x8d\x8f\x90\x9d"
_SURELY_WIDE = 0.3
"""Share of NUL bytes at one parity of the head that only UTF-16 explains."""


@dataclass(frozen=True)
class Text:
    """A text file whose encoding is known; `skip_bytes` is the length of its byte order mark."""

    member: Member
    encoding: str
    skip_bytes: int = 0

    def open(self) -> BinaryIO:
        """Return a fresh stream of it in UTF-8, without byte order mark."""
        stream = self.member.open()
        stream.read(self.skip_bytes)
        if self.encoding == "utf-8":
            return stream
        return io.BufferedReader(_Transcoded(stream, self.encoding), _PIECE_BYTES)


class _Transcoded(io.RawIOBase):
    """UTF-8 of a stream in another encoding."""

    def __init__(self, inner: BinaryIO, encoding: str) -> None:
        self._inner = inner
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        while not self._ready:
            piece = self._inner.read(_PIECE_BYTES)
            self._ready = self._decoder.decode(piece, final=not piece).encode()
            if not piece:
                break
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def detect(member: Member) -> Text:
    """Find the encoding of a text file.

    Raises:
        FileRejectedError: binary data, UTF-32, or a byte that fits no encoding; with line and
            character.
    """
    if member.head.startswith(_UTF32):
        raise FileRejectedError(
            "UTF-32 is not read.", file=member.name, remedy="Save the file as UTF-8."
        )
    text = _by_head(member)
    scan = _scan(text)
    if scan.error is None:
        return text
    if text.encoding == "utf-8" and scan.broken > scan.wide:
        return _single_byte(text)
    raise scan.error


def _by_head(member: Member) -> Text:
    head = member.head
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return Text(member, encoding, len(mark))
    for encoding, parity in (("utf-16-le", 1), ("utf-16-be", 0)):
        if head[parity::2].count(0) > _SURELY_WIDE * len(head) / 2 > head[1 - parity :: 2].count(0):
            return Text(member, encoding)
    return Text(member, "utf-8")


@dataclass
class _Scan:
    """What reading the whole file showed: the first error, wide characters, broken places."""

    error: FileRejectedError | None = None
    wide: int = 0
    broken: int = 0
    line: int = 1
    column: int = 0


def _scan(text: Text) -> _Scan:
    """Decode everything once; after the first error go on counting."""
    found = _Scan()
    decoder = codecs.getincrementaldecoder(text.encoding)("strict")
    with text.member.open() as stream:
        stream.read(text.skip_bytes)
        while True:
            piece = stream.read(_PIECE_BYTES)
            try:
                decoded = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(text.encoding)
                _advance(found, good)
                found.error = _undecodable(text, found, error)
                _count_rest(found, text.encoding, error.object[error.start :], stream)
                return found
            _check_binary(text, found, decoded)
            _advance(found, decoded)
            if not piece:
                return found


def _wide(decoded: str) -> int:
    """Count the characters beyond ASCII."""
    return 0 if decoded.isascii() else len(decoded) - len(decoded.encode("ascii", "ignore"))


def _advance(found: _Scan, decoded: str) -> None:
    """Move the place behind `decoded`."""
    found.wide += _wide(decoded)
    newlines = decoded.count("\n")
    if newlines:
        found.line += newlines
        found.column = len(decoded) - decoded.rindex("\n") - 1
    else:
        found.column += len(decoded)


def _undecodable(text: Text, at: _Scan, error: UnicodeDecodeError) -> FileRejectedError:
    byte = error.object[error.start]
    return FileRejectedError(
        f"The byte 0x{byte:02X} is not {text.encoding.upper()} text.",
        file=text.member.name,
        line=at.line,
        column=at.column + 1,
        remedy="Save the file as UTF-8 and upload it again.",
    )


def _check_binary(text: Text, at: _Scan, decoded: str) -> None:
    if "\x00" not in decoded:
        return
    _advance(at, decoded[: decoded.index("\x00")])
    raise FileRejectedError(
        "There is a zero byte: this is not a text file.",
        file=text.member.name,
        line=at.line,
        column=at.column + 1,
        remedy="Upload CSV, TSV, JSON Lines or Parquet.",
    )


def _count_rest(found: _Scan, encoding: str, rest: bytes, stream: BinaryIO) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while rest:
        decoded = decoder.decode(rest)
        broken = decoded.count("\ufffd")
        found.broken += broken
        found.wide += _wide(decoded) - broken
        rest = stream.read(_PIECE_BYTES)


def _single_byte(text: Text) -> Text:
    """Choose between Windows-1252 and Latin-1, which differ in 0x80-0x9F; refuse binary data."""
    encoding = "cp1252"
    with text.member.open() as stream:
        while piece := stream.read(_PIECE_BYTES):
            if b"\x00" in piece:
                raise FileRejectedError(
                    "There is a zero byte: this is not a text file.",
                    file=text.member.name,
                    remedy="Upload CSV, TSV, JSON Lines or Parquet.",
                )
            if piece.translate(None, _UNDEFINED_IN_1252) != piece:
                encoding = "latin-1"
    return Text(text.member, encoding)
