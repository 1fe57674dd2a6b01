"""Calls servers with wrk and counts what a request costs: CPU of the whole process tree, latency, errors."""

import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
WRK = """
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer {key}"
wrk.headers["Content-Type"] = "application/json"
{extra}
local file = io.open("{body}", "rb"); wrk.body = file:read("*a"); file:close()
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {{"requests":%d,"us":%d,"p50_us":%.1f,"p95_us":%.1f,"p99_us":%.1f,"errors":%d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass
class Server:
    """One running server and where to call it."""

    name: str
    process: psutil.Process
    url: str


def script(folder: Path, name: str, content: bytes, key: str, extra: str = "") -> Path:
    """Write one wrk script with its body."""
    body, path = folder / f"{name}.body", folder / f"{name}.lua"
    body.write_bytes(content)
    path.write_text(WRK.format(key=key, body=body, extra=extra))
    return path


def call(server: Server, lua: Path, connections: int, seconds: float) -> dict[str, float]:
    """Run wrk once."""
    before = cpu_s(server.process)
    shown = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(lua), server.url],
        check=True,
        capture_output=True,
        text=True,
    )
    spent_s = cpu_s(server.process) - before
    result = json.loads(re.search(r"RESULT (.*)", shown.stdout)[1])  # type: ignore[index]
    return {
        "p50_us": result["p50_us"],
        "p95_us": result["p95_us"],
        "cpu_us": round(spent_s / max(1, result["requests"]) * 1e6, 1),
        "per_s": round(result["requests"] / result["us"] * 1e6, 1),
        "errors": result["errors"],
    }


def cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and all it started."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system
    return total


@contextmanager
def running(
    command: list[str],
    log: Path,
    url: str,
    variables: dict[str, str],
    *,
    probe: bytes | None = None,
) -> Iterator[psutil.Process]:
    """Run a server from its first answer to the end of the block, then everything it started."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=ROOT, env={**os.environ, **variables}
        )
    process = psutil.Process(started.pid)
    try:
        _await_answer(url, started, log, probe)
        yield process
    finally:
        _stop(started, process)


def _stop(started: "subprocess.Popen[bytes]", process: psutil.Process) -> None:
    family: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        family = process.children(recursive=True)
    started.terminate()
    with suppress(subprocess.TimeoutExpired):
        started.wait(20)
    for each in [process, *family]:  # Ray and BentoML leave some behind
        with suppress(psutil.NoSuchProcess):
            each.kill()
    started.wait(10)


def _await_answer(
    url: str, started: "subprocess.Popen[bytes]", log: Path, probe: bytes | None
) -> None:
    """Wait until the server answers 200."""
    headers = {"Content-Type": "application/json"}
    for _ in range(900):
        if started.poll() is not None:
            break
        request = urllib.request.Request(url, data=probe, headers=headers)  # noqa: S310  (as below)
        try:
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310  (our own loopback address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"{url} does not answer.\n{log.read_text()[-4000:]}")


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
