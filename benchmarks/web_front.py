"""Latency of small pages: Django behind our front (ASGI), and Django as Granian's own WSGI serves it.

Run: `uv run python benchmarks/web_front.py [--rounds 5] [--requests 300]`. Both serve one home folder; the
rounds alternate. Last line: {page: {front_ms, wsgi_ms, front_p99_ms, wsgi_p99_ms, ratio}}, medians.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("/healthz", "/accounts/login/")
WSGI = ("-m", "granian", "--interface", "wsgi", "--blocking-threads", "32", "--no-ws", "--port")
FRONT = ("manage.py", "web", "--port")
Figures = tuple[float, float]


def start(
    words: tuple[str, ...], environment: dict[str, str]
) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server on a free port; return it and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    target = ("platform_core.config.wsgi:application",) if words is WSGI else ()
    process = subprocess.Popen([sys.executable, *words, port, *target], cwd=ROOT, env=environment)
    return process, f"http://localhost:{port}"


def wait_for(url: str) -> None:
    """Wait for the first answer."""
    for _ in range(600):
        try:
            httpx.get(f"{url}/healthz")
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"{url} does not answer")


def measure(client: httpx.Client, path: str, requests: int) -> Figures:
    """Return median and 99th percentile in milliseconds."""
    taken = []
    for _ in range(requests):
        began = time.perf_counter()
        client.get(path).raise_for_status()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def compare(urls: dict[str, str], rounds: int, requests: int) -> dict[str, dict[str, float]]:
    """Alternate the two over the rounds."""
    clients = {name: httpx.Client(base_url=url) for name, url in urls.items()}
    found: dict[str, dict[str, list[Figures]]] = {p: {n: [] for n in urls} for p in PAGES}
    for _ in range(rounds):
        for path in PAGES:
            for name, client in clients.items():
                found[path][name].append(measure(client, path, requests))
    return {path: summary(of) for path, of in found.items()}


def summary(found: dict[str, list[Figures]]) -> dict[str, float]:
    """Return the medians over the rounds and the ratio of the two."""
    figures = {}
    for name, rounds in found.items():
        figures[f"{name}_ms"] = round(statistics.median(each[0] for each in rounds), 3)
        figures[f"{name}_p99_ms"] = round(statistics.median(each[1] for each in rounds), 3)
    return figures | {"ratio": round(figures["front_ms"] / figures["wsgi_ms"], 3)}


def main() -> None:
    """Start both, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"PENTAQUARK_HOME": home, "PENTAQUARK_LOG_LEVEL": "ERROR"}
        migrate = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        started = {"front": start(FRONT, environment), "wsgi": start(WSGI, environment)}
        try:
            for _, url in started.values():
                wait_for(url)
            urls = {name: url for name, (_, url) in started.items()}
            print(json.dumps(compare(urls, options.rounds, options.requests)))
        finally:
            for process, _ in started.values():
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=20)


if __name__ == "__main__":
    main()
