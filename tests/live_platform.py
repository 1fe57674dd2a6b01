"""The whole platform as real processes: one demo for every live and browser test."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

PROJECT = Path(__file__).resolve().parent.parent
READY_WITHIN_S = 280
OWNER = "owner@demo.example"
USER = "viewer-0001"
"""Somebody in the demo's data, also named in the README."""


@dataclass
class LivePlatform:
    """A running demo: where it listens and how to call it as its owner."""

    port: int
    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    api_key: str = ""
    rest: httpx.Client = field(default_factory=httpx.Client)

    @property
    def base_url(self) -> str:
        """Address of the pages and of REST."""
        return f"http://localhost:{self.port}"

    @property
    def runtime_url(self) -> str:
        """Address of inference over HTTP."""
        return f"http://localhost:{self.port + 1}"

    @property
    def grpc_address(self) -> str:
        """Address of inference over gRPC."""
        return f"localhost:{self.port + 2}"

    @property
    def log(self) -> Path:
        """What the supervisor printed since it was last started."""
        return self.home / "demo.log"

    def start(self) -> float:
        """Start the demo as a person does; return the seconds until it said it was ready."""
        began = time.monotonic()
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(self.port)],
                cwd=PROJECT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for_ready(self.process, self.log)
        return time.monotonic() - began

    def stop(self) -> float:
        """Stop the demo as Ctrl-C does; return the seconds it took."""
        began = time.monotonic()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                pytest.fail("the demo did not stop within 15 s of Ctrl-C")
        return time.monotonic() - began

    def processes(self, command: str = "") -> list[psutil.Process]:
        """Return the demo's running processes, or those started as `manage.py <command>`."""
        assert self.process is not None
        found = psutil.Process(self.process.pid).children(recursive=True)
        alive = [each for each in found if is_alive(each)]
        return [each for each in alive if not command or command in each.cmdline()]


def is_alive(process: psutil.Process) -> bool:
    """Say whether a process runs; one that is dead and only not yet reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    """Return a port P with P+1 and P+2 free."""
    while True:
        port = secrets.randbelow(20_000) + 20_000
        with socket.socket() as a, socket.socket() as b, socket.socket() as c:
            try:
                for offset, probe in enumerate((a, b, c)):
                    probe.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port


def own_database(url: str) -> tuple[str, str]:
    """Create an empty PostgreSQL database beside `url`; return (its URL, its name)."""
    import psycopg  # noqa: PLC0415  (needed on PostgreSQL only)

    name = f"pentaquark_live_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlsplit(url)._replace(path=f"/{name}").geturl(), name


def drop_database(url: str, name: str) -> None:
    """Drop the database made by `own_database`."""
    import psycopg  # noqa: PLC0415  (needed on PostgreSQL only)

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run one management command and return what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()


def wait_for_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the ready panel, or fail with the end of the log."""
    deadline = time.monotonic() + READY_WITHIN_S
    while "is ready after" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the demo did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.2)


@pytest.fixture(scope="session")
def live_platform() -> Iterator[LivePlatform]:
    """Start `manage.py demo` in a home of its own, on the services the environment names."""
    home = Path(tempfile.mkdtemp(prefix="pentaquark-live-"))
    environment = {
        **os.environ,
        "PENTAQUARK_HOME": str(home),
        "PENTAQUARK_DEBUG": "0",
        "DJANGO_SETTINGS_MODULE": "platform_core.config.settings",
    }
    server = os.environ.get("PENTAQUARK_DATABASE_URL", "")
    database = ""
    if server.startswith("postgres"):
        environment["PENTAQUARK_DATABASE_URL"], database = own_database(server)
    if broker := os.environ.get("PENTAQUARK_BROKER_URL"):  # a queue of its own on a shared server
        environment["PENTAQUARK_BROKER_URL"] = f"{broker}?queue=live-{secrets.token_hex(4)}"
    platform = LivePlatform(port=free_port(), home=home, environment=environment)
    try:
        platform.start()
        platform.api_key = manage(
            environment, "apikey", "create", "--user", OWNER, "--scope", "all"
        )
        headers = {"Authorization": f"Bearer {platform.api_key}"}
        with httpx.Client(base_url=platform.base_url, headers=headers, timeout=30) as platform.rest:
            yield platform
    finally:
        platform.stop()
        if database:
            drop_database(server, database)
        shutil.rmtree(home, ignore_errors=True)
