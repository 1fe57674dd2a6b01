"""The object store: named ciphertexts on this machine's disk, in S3-compatible storage, or in memory.

A thin layer over `obstore`. An object appears under its path complete or not at all: a local file is staged
and renamed, an S3 upload completed. One that is dropped before leaves nothing to see (on S3 the parts of
an aborted multi-part upload stay hidden until the bucket's lifecycle rule removes them).
"""

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
import structlog
from django.conf import settings
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, S3Store

from platform_core.vault.errors import ObjectMissingError, ObjectPathError, StoreUnavailableError

log = structlog.get_logger(__name__)

_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._=-]{0,127}"
_PATH = re.compile(rf"{_SEGMENT}(/{_SEGMENT}){{0,7}}")
_MAX_PATH = 512
_PART_BYTES = 8 * 2**20
"""Size of an upload's parts: S3 takes 5 MiB to 5 GiB and 10,000 of them, so one object may have 80 GB."""
_PARTS_IN_FLIGHT = 2
"""Bounds a writer's memory to about three parts."""


@dataclass(frozen=True)
class Piece:
    """Some bytes of an object, and the size of the whole."""

    data: memoryview
    object_size: int


def check_path(path: str) -> str:
    """Return `path` when it is well formed.

    Raises:
        ObjectPathError: empty, too long, absolute, or with parts such as `..`.
    """
    if len(path) > _MAX_PATH or not _PATH.fullmatch(path):
        raise ObjectPathError(
            f"{path[:80]!r} is not an object path.",
            remedy="Use at most eight parts of letters, digits and . _ = - joined by /.",
        )
    return path


class Sink:
    """An object being written; dropping it without `close` aborts, and nothing becomes visible."""

    def __init__(self, path: str) -> None:
        self._path = check_path(path)
        with _translated(path):
            self._file = obstore.open_writer(
                _store(), path, buffer_size=_PART_BYTES, max_concurrency=_PARTS_IN_FLIGHT
            )

    def write(self, data: bytes) -> None:
        """Append `data`, which is kept by reference until it is uploaded: it must not change."""
        with _translated(self._path):
            self._file.write(data)

    def close(self) -> None:
        """Make the object visible."""
        with _translated(self._path):
            self._file.close()


def read_piece(path: str, start: int, length: int) -> Piece:
    """Read at most `length` bytes from `start`, in one request.

    Raises:
        ObjectMissingError: there is no such object.
        StoreUnavailableError: the store does not answer, or `start` is beyond the end.
    """
    with _translated(path):
        span = (start, start + length)
        found = obstore.get(_store(), check_path(path), options={"range": span})
        return Piece(memoryview(found.bytes()), int(found.meta["size"]))


def delete_object(path: str) -> None:
    """Delete the object; one that is not there is fine."""
    try:
        with _translated(path):
            obstore.delete(_store(), check_path(path))
    except ObjectMissingError:
        return


def object_size(path: str) -> int:
    """Return the size as stored, in bytes.

    Raises:
        ObjectMissingError: there is no such object.
    """
    with _translated(path):
        return int(obstore.head(_store(), check_path(path))["size"])


def exists(path: str) -> bool:
    """Say whether an object is at `path`."""
    try:
        object_size(path)
    except ObjectMissingError:
        return False
    return True


def list_objects(prefix: str) -> Iterator[str]:
    """Yield the paths below the folder `prefix`, in no particular order."""
    folder = check_path(prefix.rstrip("/"))
    with _translated(prefix):
        for batch in obstore.list(_store(), folder):
            yield from (str(entry["path"]) for entry in batch)


def delete_objects_below(folder: str) -> None:
    """Delete every object below a folder; an empty or absent one is fine."""
    for path in list(list_objects(folder)):
        delete_object(path)


@contextmanager
def _translated(path: str) -> Iterator[None]:
    """Turn the store's own errors into ours; their text stays in the log, it may name buckets and hosts."""
    try:
        yield
    except FileNotFoundError:
        raise ObjectMissingError(f"There is no object {path!r}.") from None
    except (BaseError, OSError) as error:
        log.warning("store_failed", path=path, error=str(error).partition("\n")[0])
        raise StoreUnavailableError(
            f"The object store could not serve {path!r}.",
            remedy="Check that the store is reachable and has space left, then try again.",
        ) from error


def _store() -> Any:
    return _connect(settings.STORE_URL)


@functools.lru_cache(maxsize=8)
def _connect(address: str) -> Any:
    url = urlsplit(address)
    if url.scheme == "file":
        folder = Path(unquote(url.path))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder, automatic_cleanup=True)
    if url.scheme == "memory":
        return MemoryStore()
    if url.scheme == "s3":
        return _connect_s3(url.netloc, url.path.strip("/"), dict(parse_qsl(url.query)))
    raise StoreUnavailableError(
        f"STORE_URL has the unknown scheme {url.scheme!r}.",
        remedy="Use file:///path, s3://bucket/prefix?endpoint=https://host or memory://.",
    )


def _connect_s3(bucket: str, prefix: str, options: dict[str, str]) -> S3Store:
    """Connect to S3; the credentials come from the usual AWS_* environment or instance role."""
    plain_http = options.get("endpoint", "").startswith("http://")
    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options={"allow_http": plain_http, "timeout": "60s", "connect_timeout": "5s"},
        retry_config={"max_retries": 4},
        **options,
    )
