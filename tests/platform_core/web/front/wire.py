"""Requests written byte by byte on a socket, and a server to write them to."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[4]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    *words: str, port: int, path: str, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server, from its first answer to `path` to the end of the block."""
    environment = {**(environment or os.environ), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment)
    try:
        ends = time.monotonic() + 60
        while True:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < ends, "the server does not answer"
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5)
                break
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def opened(port: int, head: str, body: bytes = b"") -> socket.socket:
    """Connect and send the start of a request: its head (without Host) and some of its body."""
    made = socket.create_connection(("127.0.0.1", port), timeout=20)
    lines = head.strip().splitlines()
    made.sendall("\r\n".join([lines[0], "Host: localhost", *lines[1:], "", ""]).encode() + body)
    return made


def answer(connection: socket.socket) -> str:
    """Return what comes until the server closes or has said all of a short answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    return received.decode()


def status(connection: socket.socket) -> int:
    return int(answer(connection).split()[1])
