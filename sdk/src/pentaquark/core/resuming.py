"""Notes of uploads under way, kept beside the credentials: which file, which platform, which upload."""

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path

from pentaquark.core.settings import credentials_file

_KEPT_S = 86_400.0
"""A day: the platform sweeps unfinished uploads then."""


class Remembered:
    """The upload of one file (as it is now) to one platform by one caller."""

    def __init__(self, path: Path, base_url: str, api_key: str) -> None:
        found = path.stat()
        told = [str(path.resolve()), str(found.st_size), str(found.st_mtime_ns), base_url, api_key]
        name = hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]
        self._file = credentials_file().parent / "uploads" / f"{name}.json"

    def recall(self) -> str | None:
        """Return the id of the upload begun before."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._file.read_text("utf-8"))
            if time.time() - float(kept["at"]) < _KEPT_S:
                return str(kept["upload"])
        return None

    def remember(self, upload: str) -> None:
        """Note an upload; a home that cannot be written only loses the resuming."""
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file.write_text(json.dumps({"upload": upload, "at": time.time()}), "utf-8")

    def forget(self) -> None:
        """Drop the note."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
