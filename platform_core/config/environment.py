"""Reads the environment, once, for settings.

Elsewhere os.environ is touched where it must be: the entry points name the settings module, the vault
reads the master key from the variable it is told (a secret must not linger in settings), the supervisor
hands its environment on, and a job's process is told its devices.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

PROJECT = Path(__file__).resolve().parent.parent.parent
PREFIX = "PENTAQUARK_"


def text(name: str, default: str = "") -> str:
    """Return `PENTAQUARK_<name>`, or the default when it is unset or empty."""
    return os.environ.get(PREFIX + name, "") or default


def flag(name: str, *, default: bool = False) -> bool:
    """Return a yes/no setting.

    Raises:
        ImproperlyConfigured: the value is not one of 1/0/true/false/yes/no.
    """
    value = text(name).lower()
    if value in {"", "1", "0", "true", "false", "yes", "no"}:
        return default if value == "" else value in {"1", "true", "yes"}
    raise ImproperlyConfigured(f"{PREFIX}{name}={value!r}: write true or false.")


def number(name: str, default: int) -> int:
    """Return a whole-number setting.

    Raises:
        ImproperlyConfigured: the value is not a whole number.
    """
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{PREFIX}{name}={value!r}: write a whole number.") from None


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated setting as a list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
