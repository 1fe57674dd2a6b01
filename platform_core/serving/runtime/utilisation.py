"""How much of its CPU a process uses."""

import os
import time
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


class CpuMeter:
    """Reads the share of the CPU used since it was read last."""

    def __init__(self) -> None:
        self._allowed = _allowed_cpus()
        self._used_s, self._at = time.process_time(), time.monotonic()

    def read(self) -> float:
        """Return CPU seconds used by wall second and allowed CPU; 1 is everything."""
        used_s, at = time.process_time(), time.monotonic()
        share = (used_s - self._used_s) / max(at - self._at, 1e-3) / self._allowed
        self._used_s, self._at = used_s, at
        return share


def _allowed_cpus() -> float:
    """Return how many CPUs the process may use: of the machine, its affinity, its container's quota."""
    known = hasattr(os, "sched_getaffinity")
    cpus = float(len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1)
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return cpus
    return cpus if quota == "max" else min(cpus, int(quota) / int(period))
