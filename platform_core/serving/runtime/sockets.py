"""Opens the two listening sockets of REST, and makes room for what connects."""

import contextlib
import resource
import socket
import sys
from pathlib import Path

_MAX_PATH_BYTES = 100  # sockaddr_un.sun_path holds 108 on Linux, 104 on macOS


class SocketTakenError(OSError):
    """The address cannot be listened on; the words say what to do."""


def raise_file_limit() -> int:
    """Let this process open as many files as the machine allows it, and return how many that is.

    Shells and service managers start processes with 1024, which 1000 callers use up.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):  # macOS states more than it allows
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def open_tcp(host: str, port: int) -> socket.socket:
    """Return a listening TCP socket.

    Raises:
        SocketTakenError: in use, or not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SocketTakenError(
            f"Cannot listen on {host}:{port} ({error.strerror}); stop what uses the port, or choose "
            "another with PENTAQUARK_RUNTIME_PORT."
        ) from error
    listener.listen(2048)
    return listener


def open_unix(path: Path) -> socket.socket:
    """Return a listening Unix socket in a folder only this user can enter.

    Raises:
        SocketTakenError: another runtime answers on it, or the path is too long.
    """
    if len(str(path).encode()) > _MAX_PATH_BYTES:
        raise SocketTakenError(
            f"The socket path {path} is too long for Unix sockets; set PENTAQUARK_RUNTIME_SOCKET."
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    if path.exists():
        _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(2048)
    return listener


def _remove_stale(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except OSError:
            pass
    raise SocketTakenError(f"Another runtime answers on {path}; stop it first.")
