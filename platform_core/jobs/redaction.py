"""Takes secrets out of what jobs print, before it is stored."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

MASK = "•••"
_PATTERNS = (
    re.compile(r"\bpq_[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{12,}"),
    re.compile(r"(?i)(?<=password=)[^\s&'\",;]+|(?<=secret=)[^\s&'\",;]+|(?<=token=)[^\s&'\",;]+"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*"),
)


def known_secrets() -> list[str]:
    """Return the secrets in this process's own settings, longest first."""
    urls = (settings.DATABASE_URL, settings.BROKER_URL, settings.STORE_URL, settings.CACHE_URL)
    found = {settings.SECRET_KEY, *(urlsplit(url).password or "" for url in urls)}
    return sorted((word for word in found if len(word) >= 8), key=len, reverse=True)


def redact(line: str, secrets: Iterable[str]) -> str:
    """Replace secrets, and what looks like one, by a mask."""
    for secret in secrets:
        line = line.replace(secret, MASK)
    for pattern in _PATTERNS:
        line = pattern.sub(MASK, line)
    return line
