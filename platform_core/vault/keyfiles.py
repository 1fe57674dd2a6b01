"""Where master keys lie on this machine: a file only its owner can read, or an environment variable."""

import base64
import os
import secrets
import stat
from pathlib import Path
from typing import Protocol

from platform_core.vault import aead
from platform_core.vault.errors import MasterKeyError

_MAX_FILE_BYTES = 64 * 1024
_HEADING = "# Pentaquark master keys, current one first. Whoever reads this file reads all data.\n"


class KeySource(Protocol):
    """Holds master keys, the current one first."""

    def load(self) -> list[bytes]:
        """Return the keys; an empty list when none was ever made here."""

    def create_first(self) -> list[bytes]:
        """Make the first key, or return the keys another process made a moment ago."""

    def add(self, keys: list[bytes]) -> list[bytes]:
        """Put a new current key before `keys`."""

    def keep_only_current(self, keys: list[bytes]) -> None:
        """Forget all but the first of `keys`."""


class KeyFile:
    """A file of mode 0600, replaced atomically, so that a reader sees the old or the new keys, never half."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[bytes]:
        """Read the keys, refusing a file that others on this machine can read."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise MasterKeyError(f"{self._path} cannot be read: {error.strerror}.") from error
        with os.fdopen(descriptor, "rb") as file:
            if os.fstat(descriptor).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise MasterKeyError(
                    f"{self._path} can be read by other users of this machine.",
                    remedy=f"Run: chmod 600 {self._path}",
                )
            return _decode(file.read(_MAX_FILE_BYTES).decode("ascii", "replace"), str(self._path))

    def create_first(self) -> list[bytes]:
        """Create the file; of two processes doing so at once, one wins and both use its key."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._write_beside([aead.new_key()])
        try:
            # like O_EXCL: refuses when the name exists, but the file is complete when it appears
            os.link(temporary, self._path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
        return self.load()

    def add(self, keys: list[bytes]) -> list[bytes]:
        """Put a new current key into the file."""
        grown = [aead.new_key(), *keys]
        self._replace(grown)
        return grown

    def keep_only_current(self, keys: list[bytes]) -> None:
        """Forget the older keys."""
        if len(keys) > 1:
            self._replace(keys[:1])

    def _replace(self, keys: list[bytes]) -> None:
        self._write_beside(keys).replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _write_beside(self, keys: list[bytes]) -> Path:
        temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(temporary, flags, 0o600), "w") as file:
            file.write(_HEADING)
            file.writelines(base64.b64encode(key).decode() + "\n" for key in keys)
            file.flush()
            os.fsync(file.fileno())
        return temporary


class KeyVariable:
    """An environment variable of comma-separated base64 keys; only its owner can add or remove one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def load(self) -> list[bytes]:
        """Read the keys."""
        # not a setting: the value must not linger in the settings module, where error pages would show it
        return _decode(os.environ.get(self._name, "").replace(",", "\n"), f"${self._name}")

    def create_first(self) -> list[bytes]:
        """Refuse: the variable has to be set by whoever starts the process."""
        raise MasterKeyError(
            f"The environment variable {self._name} holds no master key.",
            remedy="Set it to 32 random bytes in base64, e.g. from: openssl rand -base64 32",
        )

    def add(self, keys: list[bytes]) -> list[bytes]:
        """Refuse unless the operator already put the new key in front."""
        raise MasterKeyError(
            f"{self._name} holds one key only, so there is no new one to rotate to.",
            remedy=f"Restart every process with {self._name}=NEW,OLD and run the command again.",
        )

    def keep_only_current(self, keys: list[bytes]) -> None:
        """Leave it to the operator, who may now remove the older keys."""


def _decode(text: str, place: str) -> list[bytes]:
    lines = [line.strip() for line in text.splitlines()]
    try:
        keys = [
            base64.b64decode(line, validate=True)
            for line in lines
            if line and not line.startswith("#")
        ]
    except ValueError:
        keys = [b""]
    if any(len(key) != aead.KEY_BYTES for key in keys):
        raise MasterKeyError(
            f"{place} does not hold master keys: each is 32 bytes in base64.",
            remedy="Restore it from the backup.",
        )
    return keys
