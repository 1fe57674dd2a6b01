"""The process of one job, seen from the worker."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from platform_core.jobs.log import LogPump

_ROOT = Path(__file__).resolve().parents[3]


class Child:
    """A process group that loads Django, waits for an attempt and runs it.

    Start it from the worker's main thread: the kernel ties it to the thread that started it.
    """

    def __init__(self) -> None:
        reading, self._lifeline = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603  (our own module)
            [sys.executable, "-u", "-m", "platform_core.jobs.run", str(reading)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(reading,),
            cwd=_ROOT,
        )
        os.close(reading)
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a process without pipes")
        self._input = self._process.stdin
        self.log = LogPump(self._process.stdout)
        self._kill_at: float | None = None
        self._closed = False

    @property
    def pid(self) -> int:
        """Process id, which is the group's id too."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True until the process has ended."""
        return self._process.poll() is None

    @property
    def status(self) -> int:
        """Exit status of a process that ended, negative for a signal."""
        return self._process.wait()

    def assign(self, attempt_id: str, devices: str) -> None:
        """Give the waiting process its work; a process that died meanwhile is seen when polled."""
        line = json.dumps({"attempt": attempt_id, "devices": devices}) + "\n"
        with contextlib.suppress(BrokenPipeError):
            self._input.write(line.encode())
            self._input.close()

    def request_stop(self, grace_s: float) -> None:
        """Ask the whole group to stop; after `grace_s` it is killed."""
        if self._kill_at is None:
            self._signal(signal.SIGTERM)
            self._kill_at = time.monotonic() + grace_s

    def enforce_stop(self) -> None:
        """Kill a group that was asked to stop and did not."""
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self.kill()

    def kill(self) -> None:
        """Kill the whole group."""
        self._signal(signal.SIGKILL)

    def memory_bytes(self) -> int:
        """Return the memory of the process and its descendants."""
        try:
            parent = psutil.Process(self.pid)
            family = [parent, *parent.children(recursive=True)]
            return sum(process.memory_info().rss for process in family)
        except psutil.NoSuchProcess:
            return 0

    def close(self) -> None:
        """Reap: end what is left of the group, and close the pipes; repeating it is harmless."""
        if self._closed:
            return
        self._closed = True
        self._signal(signal.SIGKILL)
        os.close(self._lifeline)
        self._process.wait()
        self.log.finish()
        with contextlib.suppress(BrokenPipeError):
            self._input.close()

    def _signal(self, number: int) -> None:
        """Signal the group; the guard keeps its id from being used again until `close`."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
