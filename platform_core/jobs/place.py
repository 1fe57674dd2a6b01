"""Where a process runs, so that a worker of the same machine can be seen to be dead at once."""

import os
import socket
from pathlib import Path

import psutil

_CLOCK_TOLERANCE_S = 2.0


def host() -> str:
    """Return the machine's name."""
    return socket.gethostname()[:120]


def process_space() -> str:
    """Return an id of this boot of the machine and its process-id space.

    Two containers may share a host name but not process ids, so the space is part of the id.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{host()}/{psutil.boot_time():.0f}"


def started_at(pid: int) -> float:
    """Return when the process started (seconds since the epoch), or 0 when there is none."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return 0.0


def own_start() -> float:
    """Return when this process started."""
    return started_at(os.getpid())


def is_gone(*, space: str, pid: int, pid_started: float) -> bool:
    """Say for certain that a process of this very machine ended; False when it cannot be told."""
    if space != process_space():
        return False
    return abs(started_at(pid) - pid_started) > _CLOCK_TOLERANCE_S
