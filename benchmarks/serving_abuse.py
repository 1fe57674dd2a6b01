"""What callers who mean harm cost the runtime: malformed requests, slow ones, 10,000 open connections.

    uv run python benchmarks/serving_abuse.py [--requests 1000000] [--connections 10000]

One runtime with everything on. Each stage says what became of every request or connection and compares memory
(RSS) and the latency of a well-behaved caller with those before it. `memory_ratio` is RSS at the end of a
stage divided by that after its own first fortieth (malformed requests) or its first round (connections), so
that what a first use allocates for good does not count as growth. The last line is one JSON object.
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from tests.platform_core.serving.bombard import Aim

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
READ_TIMEOUT_S = 5.0
GOOD = json.dumps({"inputs": [{"name": "x", "data": [[1, 2, 3, 4]]}]}).encode()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=60, help="most for the malformed requests")
    chosen = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="pentaquark-bench-") as name:
        target = prepare(Path(name))
        with runtime(Path(name)) as process:
            results = {
                "malformed": malformed(target, process, chosen),
                "open_connections": connections(target, process, chosen.connections),
                "slow_headers": slow(target, process, b"POST /v2/models/m/infer HTTP/1.1\r\nx-a: "),
                "slow_bodies": slow(target, process, _head(target, 100) + b"{"),
                "oversize": oversize(target, process),
            }
            results["alive_at_the_end"] = process.is_running() and good(target) < READ_TIMEOUT_S
        log = (Path(name) / "runtime.log").read_text()
        results["tracebacks_in_the_log"] = log.count("Traceback")
    print(json.dumps({"benchmark": "serving_abuse", **results, "cores": os.cpu_count()}))


def prepare(folder: Path) -> "Aim":
    """Make a platform with one endpoint and one key."""
    os.environ["PENTAQUARK_HOME"] = str(folder / "home")
    for name in ("PENTAQUARK_RUNTIME_PORT", "PENTAQUARK_GRPC_PORT"):
        os.environ[name] = str(free_port())
    os.environ["DJANGO_SETTINGS_MODULE"] = "platform_core.config.settings"
    import django  # noqa: PLC0415  (after the environment is set)
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    from platform_core.registry import api as registry  # noqa: PLC0415
    from platform_core.serving import api as serving  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415
    from tests.ml.runtime import sample_models  # noqa: PLC0415
    from tests.platform_core.serving.bombard import Aim  # noqa: PLC0415

    actor = factories.actor()
    version = registry.register_version(
        actor=actor,
        model=registry.ModelSpec("m", "benchmark", "benchmark"),
        bundle=sample_models.scaler(),
        metrics={},
        parameters={},
        lineage=registry.Lineage(),
    )
    registry.set_alias(actor=actor, model=version.model, alias="champion", version=version)
    serving.ensure_endpoint(actor=actor, name="m", model_name="m")
    ports = (int(os.environ[f"PENTAQUARK_{name}_PORT"]) for name in ("RUNTIME", "GRPC"))
    return Aim(*ports, "m", factories.api_key(actor))


def malformed(
    target: "Aim", process: psutil.Process, chosen: argparse.Namespace
) -> dict[str, object]:
    """Send malformed requests over every wire; none may be forgotten or break the runtime."""
    from tests.platform_core.serving.bombard import bombard  # noqa: PLC0415

    slices, outcomes, memory = 40, Counter(), []
    count = chosen.requests
    began, cpu = time.perf_counter(), sum(process.cpu_times()[:2])
    for number in range(slices):
        outcomes += asyncio.run(bombard(target, count=count // slices, seed=number, connections=16))
        memory.append(process.memory_info().rss)
        print(f"malformed {number + 1}/{slices}: {memory[-1] >> 20} MiB", file=sys.stderr)
        if time.perf_counter() - began > 60 * chosen.minutes:
            break
    spent = sum(process.cpu_times()[:2]) - cpu
    return {
        "requests": sum(outcomes.values()),
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_us_per_request": round(1e6 * spent / sum(outcomes.values()), 1),
        "outcomes": {
            f"{kind} {what}": number for (kind, what), number in sorted(outcomes.items(), key=str)
        },
        "forgotten": sum(number for (_, what), number in outcomes.items() if what == "forgotten"),
        "failed": sum(
            number for (_, what), number in outcomes.items() if what in {500, "INTERNAL", "UNKNOWN"}
        ),
        "memory_mib": [memory[0] >> 20, max(memory) >> 20, memory[-1] >> 20],
        "memory_ratio": round(max(memory) / memory[0], 3),
    }


def connections(target: "Aim", process: psutil.Process, count: int) -> dict[str, object]:
    """Hold `count` silent connections, three times, with a well-behaved caller beside them."""
    rounds = []
    before_ms = p50_ms(target)
    for _ in range(3):
        began = time.perf_counter()
        held = [socket.create_connection(("127.0.0.1", target.rest_port)) for _ in range(count)]
        opened_s = time.perf_counter() - began
        memory, during_ms = process.memory_info().rss, p50_ms(target)
        closed_s = all_closed(held, READ_TIMEOUT_S + 10) - began
        rounds.append((memory, during_ms, opened_s, closed_s))
        for connection in held:
            connection.close()
        time.sleep(1)
    return {
        "connections": count,
        "opened_s": [round(opened, 2) for _, _, opened, _ in rounds],
        "all_closed_after_s": [round(closed, 2) for *_, closed in rounds],
        "limit_s": READ_TIMEOUT_S,
        "good_caller_p50_ms": {
            "before": round(before_ms, 3),
            "during": [round(during, 3) for _, during, *_ in rounds],
        },
        "memory_mib": [memory >> 20 for memory, *_ in rounds],
        "memory_ratio": round(max(memory for memory, *_ in rounds) / rounds[0][0], 3),
    }


def slow(
    target: "Aim", process: psutil.Process, said: bytes, count: int = 500
) -> dict[str, object]:
    """Send a request one byte every half second on `count` connections."""
    before = process.memory_info().rss
    began = time.perf_counter()
    held = [socket.create_connection(("127.0.0.1", target.rest_port)) for _ in range(count)]
    for connection in held:
        connection.sendall(said)
    ends_at = began + READ_TIMEOUT_S + 1.5
    latencies = []
    while time.perf_counter() < ends_at:
        latencies.append(good(target))
        for connection in held:
            with contextlib.suppress(OSError):
                connection.send(b"a")
        time.sleep(0.5)
    closed_s = all_closed(held, 10) - began
    for connection in held:
        connection.close()
    return {
        "connections": count,
        "all_closed_after_s": round(closed_s, 2),
        "limit_s": READ_TIMEOUT_S,
        "good_caller_worst_ms": round(1000 * max(latencies), 2),
        "memory_ratio": round(process.memory_info().rss / before, 3),
    }


def oversize(
    target: "Aim", process: psutil.Process, count: int = 20, rounds: int = 4
) -> dict[str, object]:
    """Claim and send bodies beyond the limit, packed bombs, and shapes beyond every measure."""
    import gzip  # noqa: PLC0415

    shape = (
        b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1099511627776], "data": [1]}]}'
    )
    ends = b'{"inputs": [{"name": "x", "data": [[%s]]}]}' % b",".join([b"1"] * 5_000_000)
    kinds = {
        "stated too large": _head(target, 2**40) + b"x" * 1000,
        "bomb": _packed(target, gzip.compress(b" " * (80 * 2**20), 1)),
        "shape": _head(target, len(shape)) + shape,
        "10 MB of JSON of the wrong shape": _head(target, len(ends)) + ends,
    }
    answers, worst_s, memory = Counter(), 0.0, [process.memory_info().rss]
    for _ in range(rounds):
        for _ in range(count):
            for kind, request in kinds.items():
                began = time.perf_counter()
                answers[f"{kind}: {_status(target, request)}"] += 1
                worst_s = max(worst_s, time.perf_counter() - began)
        time.sleep(3)  # what large requests leave behind is given back after a second
        memory.append(process.memory_info().rss)
    return {
        "answers": dict(answers),
        "worst_answer_s": round(worst_s, 2),
        "memory_mib": [held >> 20 for held in memory],
        "memory_ratio": round(max(memory[1:]) / memory[1], 3),
    }


def _status(target: "Aim", request: bytes) -> str:
    with socket.create_connection(("127.0.0.1", target.rest_port), timeout=30) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        return connection.recv(4096)[9:12].decode()


def _head(target: "Aim", length: int, extra: str = "") -> bytes:
    return (
        f"POST /v2/models/m/infer HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {target.key}\r\n"
        f"{extra}content-length: {length}\r\n\r\n"
    ).encode()


def _packed(target: "Aim", body: bytes) -> bytes:
    return _head(target, len(body), "content-encoding: gzip\r\n") + body


def all_closed(held: list[socket.socket], limit_s: float) -> float:
    """Wait until the runtime has closed every connection; return when."""
    ends_at = time.perf_counter() + limit_s
    for connection in held:
        connection.settimeout(max(0.01, ends_at - time.perf_counter()))
        with contextlib.suppress(ConnectionError):
            while connection.recv(4096):
                pass
    return time.perf_counter()


def good(target: "Aim") -> float:
    """Return the seconds of one well-formed request."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{target.rest_port}/v2/models/m/infer",
        data=GOOD,
        headers={"authorization": f"Bearer {target.key}"},
    )
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 200, "a well-formed request is answered"  # noqa: S101
    return time.perf_counter() - began


def p50_ms(target: "Aim") -> float:
    """Return the median latency of 200 well-formed requests, each on a connection of its own."""
    return 1000 * statistics.median(good(target) for _ in range(200))


@contextmanager
def runtime(folder: Path) -> Iterator[psutil.Process]:
    """Run `manage.py runtime` until the block ends."""
    with (folder / "runtime.log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "manage.py", "runtime", "--read-timeout", str(READ_TIMEOUT_S)],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    ready = f"http://127.0.0.1:{os.environ['PENTAQUARK_RUNTIME_PORT']}/v2/health/ready"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(ready) as answer:
                if answer.status == 200:
                    break
            time.sleep(0.1)
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(timeout=30)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
