"""Django's caches in JSON: with pickle, whoever may write to the cache may run code where it is read.

A value JSON cannot hold is kept as null, so that a reader makes it anew: a cache may forget. Of what the
platform's libraries keep this concerns the console's search only, whose answers depend on permissions anyway.
"""

import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache

_NOT_OURS = (ValueError, UnicodeDecodeError)
"""What reading a file raises that we did not write, such as one with a pickle."""


class JsonSerializer:
    """What `RedisCache` calls; whole numbers stay digits, which Redis can count up."""

    def dumps(self, value: Any) -> bytes:
        """Return a value's JSON, or null's."""
        try:
            return json.dumps(value).encode()
        except (TypeError, ValueError):
            return b"null"

    def loads(self, stored: bytes) -> Any:
        """Return the value."""
        try:
            return json.loads(stored)
        except _NOT_OURS:
            return None


_SERIALIZER = JsonSerializer()


class JsonFileCache(FileBasedCache):
    """Django's cache of files, each a line with its time of expiry and a line of JSON; `add` is atomic."""

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Keep a value unless there is one; of several who do so at once, one is told True."""
        self._createdir()  # type: ignore[attr-defined]
        path = Path(self._key_to_file(key, version))  # type: ignore[attr-defined]
        self.has_key(key, version)  # deletes one that has expired
        handle, written = tempfile.mkstemp(dir=path.parent)
        with open(handle, "wb") as file:  # noqa: PTH123  (mkstemp hands over a descriptor)
            self._write_content(file, timeout, value)
        try:
            os.link(written, path)
        except FileExistsError:
            return False
        finally:
            Path(written).unlink()
        return True

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return the value kept under a key."""
        with (
            suppress(FileNotFoundError),
            Path(self._key_to_file(key, version)).open("rb") as file,  # type: ignore[attr-defined]
        ):
            if not self._is_expired(file):
                return _SERIALIZER.loads(file.read())
        return default

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give a value a new time of expiry."""
        missing = object()
        value = self.get(key, missing, version)
        if value is missing:
            return False
        self.set(key, value, timeout, version)
        return True

    def _write_content(self, file: IO[bytes], timeout: Any, value: Any) -> None:
        file.write(json.dumps(self.get_backend_timeout(timeout)).encode() + b"\n")
        file.write(_SERIALIZER.dumps(value))

    def _is_expired(self, file: IO[bytes]) -> bool:
        try:
            ends_at = json.loads(file.readline())
        except _NOT_OURS:
            ends_at = 0
        if ends_at is None or ends_at > time.time():
            return False
        self._delete(file.name)  # type: ignore[attr-defined]
        return True
