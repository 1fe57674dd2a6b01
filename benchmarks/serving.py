"""The runtime beside a bare FastAPI application: same network, same machine, rounds in turn.

    uv run python benchmarks/serving.py [--rounds 5] [--seconds 2]

A 64-128-10 network in ONNX Runtime, one thread each. Ours runs with everything on (API key, validation,
metrics, version routing); FastAPI with nothing. `wrk` calls both; CPU is that of the whole process tree,
divided by the requests. The last line is one JSON object; ratios are ours / FastAPI's, median of the rounds.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
PEERS = ["fastapi", "uvicorn[standard]", "onnxruntime", "numpy"]
WRK = """
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer {key}"
wrk.headers["Content-Type"] = "application/json"
{extra}
local file = io.open("{body}", "rb"); wrk.body = file:read("*a"); file:close()
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('RESULT {{"requests":%d,"us":%d,"p50_us":%.1f,"p99_us":%.1f,"errors":%d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass
class Server:
    """One running server and where to call it."""

    process: psutil.Process
    url: str


@dataclass
class Cell:
    """One way to call both."""

    name: str
    connections: int
    our_script: Path
    peer_script: Path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pentaquark-bench-") as name:
        folder = Path(name)
        key, model = prepare(folder)
        cells = make_cells(folder, key)
        with our_runtime(folder) as ours, fastapi(folder, model) as peer:
            results = {cell.name: measure(cell, ours, peer, chosen) for cell in cells}
            results["web"] = web_door(ours, key)
    versions = peer_versions()
    print(json.dumps({"benchmark": "serving", "cells": results, "versions": versions} | machine()))


def prepare(folder: Path) -> tuple[str, Path]:
    """Make a platform with one organisation, one key and the network served; return (key, ONNX file)."""
    os.environ["PENTAQUARK_HOME"] = str(folder / "home")
    os.environ["PENTAQUARK_RUNTIME_PORT"] = str(free_port())
    os.environ["PENTAQUARK_GRPC_PORT"] = str(free_port())
    os.environ["DJANGO_SETTINGS_MODULE"] = "platform_core.config.settings"
    sys.path.insert(0, str(ROOT))
    import django  # noqa: PLC0415  (after the environment is set)
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    from platform_core.registry import api as registry  # noqa: PLC0415
    from platform_core.serving import api as serving  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415
    from tests.ml.runtime import sample_models  # noqa: PLC0415

    actor, bundle = factories.actor(), sample_models.network()
    version = registry.register_version(
        actor=actor,
        model=registry.ModelSpec("network", "benchmark", "benchmark"),
        bundle=bundle,
        metrics={},
        parameters={},
        lineage=registry.Lineage(),
    )
    registry.set_alias(actor=actor, model=version.model, alias="champion", version=version)
    serving.ensure_endpoint(actor=actor, name="network", model_name="network")
    (folder / "organisation").write_text(str(actor.organisation.pk))
    model = folder / "model.onnx"
    model.write_bytes(bundle.files["model.onnx"])
    return factories.api_key(actor), model


def make_cells(folder: Path, key: str) -> list[Cell]:
    """Write the bodies and wrk scripts."""
    import numpy as np  # noqa: PLC0415

    random = np.random.default_rng(0)
    scripts = {}
    for rows in (1, 64):
        x = random.random((rows, 64), dtype=np.float32)
        tensor = {"name": "x", "datatype": "FP32", "shape": list(x.shape)}
        plain = {"inputs": [tensor | {"data": [round(float(v), 6) for v in x.flat]}]}
        scripts[rows, "json"] = script(folder, f"{rows}-json", json.dumps(plain).encode(), key)
        packed = {"inputs": [tensor | {"parameters": {"binary_data_size": x.nbytes}}]}
        head = json.dumps(packed | {"parameters": {"binary_data_output": True}}).encode()
        extra = f'wrk.headers["Inference-Header-Content-Length"] = "{len(head)}"'
        scripts[rows, "binary"] = script(folder, f"{rows}-binary", head + x.tobytes(), key, extra)
    one, many = scripts[1, "json"], scripts[64, "json"]
    return [
        Cell("one_row_c1", 1, one, one),
        Cell("one_row_c32", 32, one, one),
        Cell("64_rows_binary_c1", 1, scripts[64, "binary"], many),
    ]


def script(folder: Path, name: str, content: bytes, key: str, extra: str = "") -> Path:
    """Write one wrk script with its body."""
    body, path = folder / f"{name}.body", folder / f"{name}.lua"
    body.write_bytes(content)
    path.write_text(WRK.format(key=key, body=body, extra=extra))
    return path


@contextmanager
def our_runtime(folder: Path) -> Iterator[Server]:
    """Run `manage.py runtime`."""
    port = os.environ["PENTAQUARK_RUNTIME_PORT"]
    command = [sys.executable, str(ROOT / "manage.py"), "runtime"]
    url = f"http://127.0.0.1:{port}"
    with running(command, folder / "runtime.log", f"{url}/v2/health/ready", {}) as process:
        yield Server(process, f"{url}/v2/models/network/infer")


@contextmanager
def fastapi(folder: Path, model: Path) -> Iterator[Server]:
    """Run FastAPI under uvicorn in an environment of its own."""
    port = free_port()
    command = [
        str(peer_environment() / "bin" / "uvicorn"), "fastapi_app:app", "--port", str(port),
        "--no-access-log", "--log-level", "warning", "--app-dir", str(ROOT / "benchmarks" / "peers"),
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    variables = {"MODEL": str(model)}
    with running(command, folder / "fastapi.log", f"{url}/docs", variables) as process:
        yield Server(process, f"{url}/infer")


def peer_environment() -> Path:
    """Return the peer's virtual environment, making it the first time."""
    folder = ROOT / "var" / "benchmarks" / "fastapi"
    if not (folder / "bin" / "uvicorn").exists():
        uv = shutil.which("uv") or "uv"
        subprocess.run([uv, "venv", "--clear", "-p", sys.executable, str(folder)], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *PEERS], check=True)
    return folder


def peer_versions() -> dict[str, str]:
    """Return the versions in the peer's environment."""
    names = [re.split(r"\[", name)[0] for name in PEERS]
    code = (
        "import json, importlib.metadata as m;"
        f"print(json.dumps({{n: m.version(n) for n in {names!r}}}))"
    )
    python = str(peer_environment() / "bin" / "python")
    shown = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(shown.stdout)
    return found


@contextmanager
def running(
    command: list[str], log: Path, ready_url: str, variables: dict[str, str]
) -> Iterator[psutil.Process]:
    """Run a server from its first answer to the end of the block."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=ROOT, env={**os.environ, **variables}
        )
    try:
        await_answer(ready_url, started, log)
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(15)


def await_answer(url: str, started: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers 200."""
    for _ in range(600):
        if started.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  (our own loopback address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(log.read_text())


def measure(
    cell: Cell, ours: Server, peer: Server, chosen: argparse.Namespace
) -> dict[str, object]:
    """Call both in turn and return medians and ratios."""
    call(ours, cell.our_script, cell.connections, 1)
    call(peer, cell.peer_script, cell.connections, 1)
    rows = []
    for _ in range(chosen.rounds):
        a = call(ours, cell.our_script, cell.connections, chosen.seconds)
        b = call(peer, cell.peer_script, cell.connections, chosen.seconds)
        rows.append((a, b))
        print(f"{cell.name}: ours {a}  fastapi {b}", flush=True)
    result: dict[str, object] = {}
    for figure in ("p50_us", "cpu_us", "per_s"):
        result[figure] = {
            "ours": round(statistics.median(a[figure] for a, _ in rows), 1),
            "fastapi": round(statistics.median(b[figure] for _, b in rows), 1),
            "ratio": round(statistics.median(a[figure] / b[figure] for a, b in rows), 3),
        }
    result["errors"] = int(sum(a["errors"] + b["errors"] for a, b in rows))
    return result


def call(server: Server, lua: Path, connections: int, seconds: int) -> dict[str, float]:
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
        "cpu_us": round(spent_s / max(1, result["requests"]) * 1e6, 1),
        "per_s": round(result["requests"] / result["us"] * 1e6, 1),
        "errors": result["errors"],
    }


def cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and all it started."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        times = each.cpu_times()
        total += times.user + times.system
    return total


def web_door(ours: Server, key: str) -> dict[str, float]:
    """Return the median milliseconds of `serving.api.predict` and of the same call over TCP."""
    import http.client  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    from platform_core.accounts.api import ApiKey, actor_for  # noqa: PLC0415
    from platform_core.serving import api as serving  # noqa: PLC0415
    from platform_core.serving.protocol import calling  # noqa: PLC0415

    owner = ApiKey.objects.select_related("user", "organisation").get()
    actor = actor_for(user=owner.user, organisation=owner.organisation)
    inputs = {"x": np.zeros((1, 64), dtype=np.float32)}
    host = ours.url.split("/")[2]
    connection = http.client.HTTPConnection(host)

    def direct() -> None:
        body, length = calling.encode_request(inputs, {})
        headers = {"Authorization": f"Bearer {key}", "Inference-Header-Content-Length": str(length)}
        connection.request("POST", "/v2/models/network/infer", body, headers)
        connection.getresponse().read()

    def door() -> None:
        serving.predict(actor=actor, endpoint="network", inputs=inputs)

    times: dict[str, list[float]] = {"direct": [], "door": []}
    for _ in range(1500):
        for name, function in (("direct", direct), ("door", door)):
            began = time.perf_counter()
            function()
            times[name].append(1000 * (time.perf_counter() - began))
    p50 = {f"{name}_p50_ms": statistics.median(taken[300:]) for name, taken in times.items()}
    p50["added_p50_ms"] = p50["door_p50_ms"] - p50["direct_p50_ms"]
    return {name: round(value, 3) for name, value in p50.items()}


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    return {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": sys.version[:6]}


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
