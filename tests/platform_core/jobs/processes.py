"""Starts real workers and schedulers on the test's database, and waits for rows."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from platform_core.accounts.api import Actor
from platform_core.jobs import place
from platform_core.jobs.api import Job, Node, submit

ROOT = Path(__file__).resolve().parents[3]


class Processes:
    """Starts `manage.py <role>` and ends what is left at the end of the test."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
        )
        self._running.append(process)
        return process

    def worker(self, slots: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker that practically never looks without being woken, and wait for it."""
        known = set(Node.objects.values_list("pk", flat=True))
        process = self.start("worker", "--slots", str(slots), "--poll-s", "600")
        ends = time.monotonic() + 30
        while time.monotonic() < ends and not Node.objects.exclude(pk__in=known).exists():
            time.sleep(0.05)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> float:
        """SIGTERM; return how long it took."""
        began = time.monotonic()
        process.terminate()
        process.wait(timeout=15)
        return time.monotonic() - began

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL the whole process group."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                self.kill(process)


def wait_until(job: Job, condition: Callable[[Job], bool], within_s: float = 20.0) -> Job:
    """Poll the row until `condition`; fail with what is known about the job."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        job.refresh_from_db()
        if condition(job):
            return job
        time.sleep(0.05)
    attempts = list(job.attempts.values("number", "outcome", "reason"))
    lines = list(job.lines.values_list("text", flat=True))[-20:]
    raise AssertionError(f"{job.state} {job.message!r} {job.error} {attempts} {lines}")


def in_state(*states: str) -> Callable[[Job], bool]:
    return lambda job: job.state in states


def submit_test(actor: Actor, kind: str, **params: object) -> Job:
    return submit(actor=actor, kind=f"test.{kind}", params=params)


def is_running(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be reaped does not."""
    return place.started_at(pid) > 0
