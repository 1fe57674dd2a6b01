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
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN_S = 280
OWNER = "owner@demo.example"


@dataclass(frozen=True)
class LivePlatform:
    """A running demo: where it listens and how to call it as its owner."""

    base_url: str
    runtime_url: str
    grpc_address: str
    api_key: str
    rest: httpx.Client
    home: Path
    environment: dict[str, str]
    log: Path


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
    port = free_port()
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
    log = home / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for_ready(process, log)
        key = manage(environment, "apikey", "create", "--user", OWNER, "--scope", "all")
        base_url = f"http://localhost:{port}"
        with httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30
        ) as rest:
            yield LivePlatform(
                base_url=base_url,
                runtime_url=f"http://localhost:{port + 1}",
                grpc_address=f"localhost:{port + 2}",
                api_key=key,
                rest=rest,
                home=home,
                environment=environment,
                log=log,
            )
    finally:
        stop(process)
        if database:
            drop_database(server, database)
        shutil.rmtree(home, ignore_errors=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the demo as Ctrl-C does."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail("the demo did not stop within 15 s of Ctrl-C")
