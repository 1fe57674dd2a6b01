"""Where the platform is and who calls: arguments, `pq.api_key`, environment, credentials file."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pentaquark.core.errors import NotConfiguredError

DEFAULT_URL = "http://localhost:8000"
_NAMES = ("api_key", "base_url", "runtime_url", "proxy", "ca_bundle")


@dataclass(frozen=True)
class Settings:
    """How to reach the platform.

    Attributes:
        api_key: the bearer of every request.
        base_url: of the pages and of REST.
        runtime_url: of inference; empty asks `base_url`'s host at the next port, as `manage.py up` serves it.
        proxy: address of an HTTP proxy; empty follows HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
        ca_bundle: file of certificates to trust; empty trusts what the system trusts.
        timeout_s: the longest silence of one request.
        max_retries: further attempts after a broken connection, 429, 502, 503 or 504.
    """

    api_key: str = ""
    base_url: str = DEFAULT_URL
    runtime_url: str = ""
    proxy: str = ""
    ca_bundle: str = ""
    timeout_s: float = 60.0
    max_retries: int = 4

    @property
    def inference_url(self) -> str:
        """Return the address of the runtime."""
        return self.runtime_url or next_port(self.base_url)

    def require_key(self) -> str:
        """Return the key.

        Raises:
            NotConfiguredError: there is none.
        """
        if not self.api_key:
            raise NotConfiguredError(
                "No API key is set.",
                remedy="Run `pq login`, set PENTAQUARK_API_KEY, or assign pentaquark.api_key.",
            )
        return self.api_key


def next_port(url: str) -> str:
    """Return the address one port further up."""
    parts = urlsplit(url)
    if parts.port is None:
        return url
    return parts._replace(netloc=f"{parts.hostname}:{parts.port + 1}").geturl()


def credentials_file() -> Path:
    """Return where `pq login` keeps the key and the address."""
    if named := os.environ.get("PENTAQUARK_CREDENTIALS"):
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "pentaquark" / "credentials.json"


def load_credentials() -> dict[str, str]:
    """Return what `pq login` kept; {} without it.

    Raises:
        NotConfiguredError: the file is damaged.
    """
    path = credentials_file()
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise NotConfiguredError(
            f"{path} cannot be read: {error}.", remedy="Remove it and run `pq login` again."
        ) from error
    return {name: str(found[name]) for name in _NAMES if found.get(name)}


def save_credentials(kept: Mapping[str, str]) -> Path:
    """Keep key and address for this user alone (mode 0600 from its first byte); return the file."""
    path = credentials_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({name: value for name, value in kept.items() if value}, file)
    fresh.replace(path)
    return path


def resolve(**given: str | float | None) -> Settings:
    """Return the settings: what is given, else pentaquark.NAME, else the environment, else `pq login`."""
    module = sys.modules.get("pentaquark")
    kept: dict[str, str] | None = None
    values: dict[str, str | float] = {n: v for n, v in given.items() if v is not None}
    for name in _NAMES:
        if name in values:
            continue
        value = getattr(module, name, None) or os.environ.get(f"PENTAQUARK_{name.upper()}")
        if not value:
            kept = load_credentials() if kept is None else kept
            value = kept.get(name)
        if value:
            values[name] = value
    settings = Settings(**values)  # type: ignore[arg-type]
    return _checked(settings)


def _checked(settings: Settings) -> Settings:
    parts = urlsplit(settings.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NotConfiguredError(
            f"“{settings.base_url}” is no address of a platform.",
            remedy="Write it whole, as in https://ai.example.com",
        )
    return settings
