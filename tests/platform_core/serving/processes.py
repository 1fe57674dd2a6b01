"""Starts real runtimes for tests."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class RuntimeProcess:
    """One `manage.py runtime`."""

    folder: Path
    environment: dict[str, str]
    arguments: tuple[str, ...] = ()
    rest_port: int = field(default_factory=free_port)
    grpc_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.socket = self.folder / "run" / "runtime.sock"
        self.log = self.folder / "runtime.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rest_port}"

    def start(self) -> "RuntimeProcess":
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "runtime", *self.arguments],
                cwd=ROOT,
                env={
                    **self.environment,
                    "DJANGO_SETTINGS_MODULE": "tests.platform_core.serving.runtime_settings",
                    "PENTAQUARK_RUNTIME_PORT": str(self.rest_port),
                    "PENTAQUARK_GRPC_PORT": str(self.grpc_port),
                    "PENTAQUARK_RUNTIME_SOCKET": str(self.socket),
                },
                stdout=log,
                stderr=log,
            )
        self._await_ready()
        return self

    def _await_ready(self) -> None:
        ends_at = time.monotonic() + 120  # other suites may have the CPU
        while time.monotonic() < ends_at:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/v2/health/ready").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)

    def stop(self) -> None:
        if self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.terminate()
            if self.process.poll() is None:
                self.process.kill()

    def maps(self) -> str:
        """Libraries mapped into the process."""
        return Path(f"/proc/{self.process.pid}/maps").read_text()
