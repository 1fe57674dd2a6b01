"""Brings a home folder and its database to where the processes can start."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, connections

from platform_core.config.supervisor.preflight import PreflightError

MARKER = ".pentaquark-home"
KEPT_ON_RESET = frozenset({MARKER, "secret_key", "run"})


def lock(home: Path) -> IO[str]:
    """Make this the only supervisor of the home folder for as long as the file stays open.

    Raises:
        PreflightError: another one runs.
    """
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / "run" / "supervisor.lock"
    path.touch(mode=0o600)
    handle = path.open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.close()
        raise PreflightError(
            f"The platform already runs on {home}: stop it first, or set PENTAQUARK_HOME to "
            "another folder."
        ) from error
    return handle


def reset(home: Path) -> None:
    """Delete everything the platform wrote under its home; a folder without our mark is left alone.

    Raises:
        PreflightError: the database is not the embedded one.
    """
    if connection.vendor != "sqlite":
        raise PreflightError(
            "--reset deletes the embedded database only: empty the one of PENTAQUARK_DATABASE_URL "
            "yourself."
        )
    connections.close_all()
    if not (home / MARKER).exists():
        return
    for entry in home.iterdir():
        if entry.name in KEPT_ON_RESET:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def prepare(home: Path) -> None:
    """Mark the home folder, create the database and bring it up to date.

    Raises:
        PreflightError: the database does not answer.
    """
    os.umask(0o077)
    (home / MARKER).touch()
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        first_line = str(error).strip().splitlines()[0]
        raise PreflightError(
            f"The database does not answer ({first_line}): start it, or correct "
            f"PENTAQUARK_DATABASE_URL ({settings.DATABASE_URL.split('@')[-1]})."
        ) from error
