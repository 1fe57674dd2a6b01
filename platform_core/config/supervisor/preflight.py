"""Finds what would stop a start, before anything is written, and says it in one sentence."""

import shutil
import socket
from pathlib import Path

NEEDED_BYTES = 2 * 2**30


class PreflightError(Exception):
    """The platform cannot start here; the message says why and what to do."""


def check(*, home: Path, host: str, ports: list[int]) -> None:
    """Check the home folder and the ports.

    Raises:
        PreflightError: no permission, disk full or a port taken.
    """
    check_home(home)
    for port in ports:
        check_port(host, port)


def check_home(home: Path) -> None:
    """Create the home folder (mode 0700) and see that it can be written and has room."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".write-probe"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
        free_bytes = shutil.disk_usage(home).free
    except PermissionError as error:
        raise PreflightError(
            f"No permission to write in {home}: change its owner, or set PENTAQUARK_HOME to a "
            "folder of yours."
        ) from error
    except OSError as error:
        raise PreflightError(
            f"{home} cannot be written ({error.strerror}): free some space, or set PENTAQUARK_HOME "
            "to another disk."
        ) from error
    if free_bytes < NEEDED_BYTES:
        raise PreflightError(
            f"Only {free_bytes / 2**30:.1f} GiB free at {home}, and 2 GiB are needed: free some "
            "space, or set PENTAQUARK_HOME to another disk."
        )


def check_port(host: str, port: int) -> None:
    """See that nothing listens on the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise PreflightError(
                f"Port {port} needs more rights than you have: choose one above 1023 with --port."
            ) from error
        except OSError as error:
            raise PreflightError(
                f"Port {port} on {host} is taken: stop what uses it, or choose another with "
                f"--port (web at P, inference at P+1 and P+2)."
            ) from error
