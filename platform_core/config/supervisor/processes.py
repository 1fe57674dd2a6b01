"""The child processes: what they are, and a supervisor that starts, restarts and stops them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

STOP_WITHIN_S = 8.0
MAX_RESTART_DELAY_S = 30.0
HEALTHY_AFTER_S = 30.0


class ProcessStartError(Exception):
    """A process died before it was ready; the message names its log file."""


@dataclass(frozen=True)
class ProcessSpec:
    """One process of the platform.

    Attributes:
        name: also the name of its log file.
        arguments: of manage.py.
        is_ready: says whether it answers.
    """

    name: str
    arguments: tuple[str, ...]
    is_ready: Callable[[], bool]


@dataclass
class _Running:
    spec: ProcessSpec
    process: subprocess.Popen[bytes]
    started_at: float
    failures: int = 0
    restart_at: float = field(default=0.0)


class Supervisor:
    """Runs the processes in groups of their own, with their output in log files."""

    def __init__(
        self,
        *,
        manage: Path,
        logs: Path,
        environment: Mapping[str, str],
        report: Callable[[str], None],
    ) -> None:
        self._manage = manage
        self._logs = logs
        self._environment = environment
        self._report = report
        self._running: dict[str, _Running] = {}

    def start(self, spec: ProcessSpec) -> None:
        """Start a process and remember it."""
        self._running[spec.name] = _Running(spec, self._spawn(spec), time.monotonic())

    def _spawn(self, spec: ProcessSpec) -> subprocess.Popen[bytes]:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log_of(spec.name).open("ab") as log:
            return subprocess.Popen(  # noqa: S603  (our own interpreter and manage.py)
                [sys.executable, str(self._manage), *spec.arguments],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log_of(self, name: str) -> Path:
        """Return the log file of a process."""
        return self._logs / f"{name}.log"

    def wait_ready(self, *, timeout_s: float) -> None:
        """Wait until every process answers.

        Raises:
            ProcessStartError: one died or did not answer in time.
        """
        deadline = time.monotonic() + timeout_s
        waiting = dict(self._running)
        while waiting:
            for name, running in list(waiting.items()):
                if running.process.poll() is not None:
                    raise ProcessStartError(
                        f"{name} stopped while starting; see {self.log_of(name)}."
                    )
                if running.spec.is_ready():
                    del waiting[name]
            if waiting and time.monotonic() > deadline:
                raise ProcessStartError(
                    f"{', '.join(waiting)} did not answer within {timeout_s:.0f} s; "
                    f"see {self._logs}."
                )
            time.sleep(0.1)

    def tend(self) -> None:
        """Restart what has died, waiting longer after each failure; call about once a second."""
        now = time.monotonic()
        for running in self._running.values():
            if running.process.poll() is None:
                if now - running.started_at > HEALTHY_AFTER_S:
                    running.failures = 0
            elif running.restart_at == 0.0:
                delay_s = min(2.0**running.failures, MAX_RESTART_DELAY_S)
                running.restart_at = now + delay_s
                running.failures += 1
                self._report(
                    f"{running.spec.name} stopped (status {running.process.returncode}); "
                    f"starting it again in {delay_s:.0f} s. Log: {self.log_of(running.spec.name)}"
                )
            elif now >= running.restart_at:
                running.process = self._spawn(running.spec)
                running.started_at, running.restart_at = now, 0.0

    def stop(self) -> None:
        """Ask every process to stop, then kill what has not within STOP_WITHIN_S."""
        for running in self._running.values():
            _signal_group(running.process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN_S
        for running in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        for running in self._running.values():
            _signal_group(running.process, signal.SIGKILL)
            running.process.wait()
        self._running.clear()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the process and all it started; a group that is gone is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
