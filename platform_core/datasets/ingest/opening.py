"""From an uploaded file to the tables in it: decryption, gzip, zip, and what is refused at the door.

Nothing here trusts a declared size or a name: sizes are counted while unpacking, names are only shown.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from platform_core.datasets.errors import FileRejectedError
from platform_core.datasets.models import SourceFile
from platform_core.datasets.params import GIB, MAX_ARCHIVE_MEMBERS, MAX_UNPACKED_BYTES
from platform_core.datasets.parts import open_source

HEAD_BYTES = 600
BOMB_FLOOR_BYTES = 64 * 2**20
"""Below this a ratio says nothing: a small file of zeros is no danger."""
BOMB_RATIO = 300
"""Deflate reaches 1032:1 on constant bytes; real tables rarely pass 50:1."""

_OTHER_ARCHIVES = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
}
Tick = Callable[[int], None]
"""Told how many stored bytes were read, sometimes by Arrow's own threads."""


@dataclass(frozen=True)
class Member:
    """One table file: its name as people know it, and `open()`, a fresh plaintext stream.

    Attributes:
        seekable: the stream can seek (needed by Parquet).
        head: its first bytes, by which its kind is told.
    """

    name: str
    open: Callable[[], BinaryIO]
    seekable: bool
    head: bytes


class _Metered(io.RawIOBase):
    """Tells `tick` how much was read, so that progress moves and a cancelled job stops."""

    def __init__(self, reader: BinaryIO, tick: Tick) -> None:
        self._reader, self._tick = reader, tick

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        piece = self._reader.read(len(buffer))
        buffer[: len(piece)] = piece
        self._tick(len(piece))
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._reader.close()
        super().close()


class _Unpacked(io.RawIOBase):
    """A decompressed stream that counts what comes out and turns damage into a rejection."""

    def __init__(self, inner: BinaryIO, packed_bytes: int, name: str) -> None:
        self._inner, self._packed, self._name = inner, max(packed_bytes, 1), name
        self._out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        with _damage_rejected(self._name):
            piece = self._inner.read(len(buffer))
        self._out += len(piece)
        _refuse_bomb(self._out, self._packed, self._name)
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


@contextmanager
def _damage_rejected(name: str) -> Iterator[None]:
    try:
        yield
    except EOFError as error:
        raise FileRejectedError(
            "The compressed file ends too early.",
            file=name,
            remedy="It was cut off, usually while copying; compress or download it again.",
        ) from error
    except (gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise FileRejectedError(
            f"The compressed file is damaged ({error}).",
            file=name,
            remedy="Compress or download it again.",
        ) from error


def _refuse_bomb(out_bytes: int, packed_bytes: int, name: str) -> None:
    too_dense = out_bytes > BOMB_FLOOR_BYTES and out_bytes > BOMB_RATIO * packed_bytes
    if too_dense or out_bytes > MAX_UNPACKED_BYTES:
        raise FileRejectedError(
            f"Unpacked, it is more than {BOMB_RATIO} times its size, or {MAX_UNPACKED_BYTES // GIB} GiB.",
            file=name,
            remedy="Upload it unpacked, or in several files.",
        )


def open_members(file: SourceFile, tick: Tick) -> list[Member]:
    """List the table files in an uploaded file.

    Raises:
        FileRejectedError: empty, damaged, an archive in an archive, or a kind of file that holds no table.
    """

    def fresh() -> BinaryIO:
        return io.BufferedReader(_Metered(open_source(file), tick), 2**20)

    with fresh() as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_members(file.filename, fresh)
    if head.startswith(b"\x1f\x8b"):
        return [_gzip_member(file, fresh)]
    return [_checked(Member(file.filename, fresh, seekable=True, head=head))]


def _gzip_member(file: SourceFile, fresh: Callable[[], BinaryIO]) -> Member:
    def unpack() -> BinaryIO:
        inner = cast("BinaryIO", gzip.GzipFile(fileobj=fresh(), mode="rb"))
        return io.BufferedReader(_Unpacked(inner, file.size_bytes, file.filename), 2**18)

    with unpack() as stream:
        head = stream.read(HEAD_BYTES)
    name = file.filename.removesuffix(".gz")
    return _checked(Member(name, unpack, seekable=False, head=head), inside="gzip")


def _zip_members(filename: str, fresh: Callable[[], BinaryIO]) -> list[Member]:
    with _damage_rejected(filename), fresh() as stream, zipfile.ZipFile(stream) as archive:
        names = {info.filename for info in archive.infolist()}
        infos = [info for info in archive.infolist() if _is_table(info)]
        _check_directory(filename, names, infos)
    return [_zip_member(filename, info, fresh) for info in infos]


def _is_table(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename.replace("\\", "/")).parts
    hidden = not parts or parts[0] == "__MACOSX" or parts[-1].startswith(".")
    return not info.is_dir() and not hidden


def _check_directory(filename: str, names: set[str], infos: list[zipfile.ZipInfo]) -> None:
    """Refuse by what the archive declares; what it really holds is counted while unpacking."""
    if "[Content_Types].xml" in names:
        raise FileRejectedError(
            "This is an office document, not a table file.",
            file=filename,
            remedy="Save the sheet as CSV and upload that.",
        )
    if not infos:
        raise FileRejectedError("The archive holds no file.", file=filename)
    if len(infos) > MAX_ARCHIVE_MEMBERS:
        raise FileRejectedError(
            f"The archive holds {len(infos)} files; {MAX_ARCHIVE_MEMBERS} are taken.",
            file=filename,
            remedy="Join them, or upload them in parts.",
        )
    for info in infos:
        _refuse_bomb(
            info.file_size, max(info.compress_size, 1), f"{filename} › {_shown(info.filename)}"
        )
    _refuse_bomb(
        sum(info.file_size for info in infos), sum(i.compress_size for i in infos), filename
    )


def _shown(path: str) -> str:
    """Return the last part of a member's path; nothing is ever written by it."""
    return PurePosixPath(path.replace("\\", "/")).name[:200]


def _zip_member(filename: str, info: zipfile.ZipInfo, fresh: Callable[[], BinaryIO]) -> Member:
    name = f"{filename} › {_shown(info.filename)}"
    if info.flag_bits & 0x1:
        raise FileRejectedError(
            "The archive is protected by a password.",
            file=name,
            remedy="Upload it without a password; it is encrypted here anyway.",
        )

    def unpack() -> BinaryIO:
        with _damage_rejected(name):
            archive = zipfile.ZipFile(fresh())
            inner = cast("BinaryIO", archive.open(info))
        return io.BufferedReader(_Unpacked(inner, info.compress_size, name), 2**18)

    with unpack() as stream:
        head = stream.read(HEAD_BYTES)
    return _checked(Member(name, unpack, seekable=False, head=head), inside="zip")


def _checked(member: Member, *, inside: str = "") -> Member:
    """Refuse what is no table: empty files, other archives, archives in archives."""
    head = member.head
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise FileRejectedError("The file is empty.", file=member.name)
    packed = {b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip"} if inside else {}
    for magic, kind in (packed | _OTHER_ARCHIVES).items():
        if head.startswith(magic):
            raise _archive(member.name, kind, inside)
    if head[257:262] == b"ustar":
        raise _archive(member.name, "tar", inside)
    return member


def _archive(name: str, kind: str, inside: str) -> FileRejectedError:
    if inside:
        reason = f"There is a {kind} archive inside the {inside} file."
    else:
        reason = f"This is a {kind} archive; only gzip and zip are unpacked."
    return FileRejectedError(
        reason, file=name, remedy="Upload the table itself, or one gzip or zip file of tables."
    )
