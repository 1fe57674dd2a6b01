"""The score call end to end over HTTP, beside the bare model call and a bare FastAPI route, and kills.

    uv run python -m benchmarks.fraud_serving [--parts embedded,postgresql,kills] [--seconds 20] [--kills 20]

A detector with the standard features of its history answers `POST .../score`: key checked, states read,
features computed, model asked with contributions, rules, reasons, decision and states stored. `model` is
the same row and contributions through the runtime's REST; `fastapi` a bare route with the model inside.
p50 and p99 are of an open loop of 100 calls a second, per_s and busy_p99 of a closed loop of four callers;
each round measures all in turn and ratios are medians over the rounds, so that a loaded machine slows all
alike. `postgresql` has its database in PostgreSQL, broker and cache in Redis; `kills`: see fraud_kills. The
last line is one JSON object.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from benchmarks.load import ROOT, free_port, running
from benchmarks.serving_platform import Platform

RATE, CALLERS = 100, 4
POSTGRESQL = os.environ.get(
    "PENTAQUARK_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
REDIS = "redis://127.0.0.1:6379/9"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="embedded,postgresql,kills")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--inside", default="", help="measure one kind in this process")
    chosen = parser.parse_args()
    if chosen.inside:
        print(json.dumps(measure(chosen.inside, chosen)))
        return
    found: dict[str, Any] = {"benchmark": "fraud_serving", "cores": os.cpu_count()}
    for part in chosen.parts.split(","):
        found[part] = in_a_process_of_its_own(part, chosen)
        print(part, found[part], file=sys.stderr, flush=True)
    print(json.dumps(found))


def in_a_process_of_its_own(part: str, chosen: argparse.Namespace) -> Any:
    """Return what a part found; each has settings of its own, which Django reads once."""
    import subprocess  # noqa: PLC0415

    variables = dict(os.environ)
    if part == "postgresql":
        from tests.live_platform import drop_database, own_database  # noqa: PLC0415

        url, name = own_database(POSTGRESQL)
        variables |= {
            "PENTAQUARK_DATABASE_URL": url,
            "PENTAQUARK_BROKER_URL": REDIS,
            "PENTAQUARK_CACHE_URL": REDIS,
        }
    arguments = [
        sys.executable, "-m", "benchmarks.fraud_serving", "--inside", part,
        "--seconds", str(chosen.seconds), "--rounds", str(chosen.rounds), "--kills", str(chosen.kills),
    ]  # fmt: skip
    try:
        done = subprocess.run(
            arguments, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True
        )
    finally:
        if part == "postgresql":
            drop_database(POSTGRESQL, name)
    return json.loads(done.stdout.splitlines()[-1])


def measure(part: str, chosen: argparse.Namespace) -> Any:
    """Make a detector and measure one part."""
    with tempfile.TemporaryDirectory(prefix="pentaquark-bench-") as name:
        platform = Platform(Path(name))
        detector = trained(platform)
        if part == "kills":
            from benchmarks import fraud_kills  # noqa: PLC0415  (after django.setup)

            return fraud_kills.measure(platform, detector, chosen.kills)
        return latencies(platform, detector, chosen)


def trained(platform: Platform) -> Any:
    """Return a detector with a served version."""
    from apps.fraud import selectors  # noqa: PLC0415  (after django.setup)
    from apps.fraud.services import lifecycle  # noqa: PLC0415
    from tests.apps.fraud.conftest import payments, spec, train_now, upload  # noqa: PLC0415

    history = upload(platform.actor, payments(4_000, customers=200, terminals=40))
    asked = spec(history, params={"model": "xgboost"})
    made = lifecycle.create_detector(actor=platform.actor, spec=asked)
    job = train_now(platform.actor, made)
    if job.state != "succeeded":
        raise SystemExit(f"The training failed: {job.error}")
    return selectors.get_detector(actor=platform.actor, name=made.name)


def latencies(platform: Platform, detector: Any, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return latency, throughput and ratios."""
    width = len(detector.features["features"])
    web_port, api_port = free_port(), free_port()
    manage = [sys.executable, str(ROOT / "manage.py")]
    web_log, api_log = platform.folder / "web.log", platform.folder / "fastapi.log"
    health = f"http://127.0.0.1:{web_port}/healthz"
    api, variables = fastapi(platform, detector, api_port)
    with (
        platform.runtime(detector.name) as runtime,
        running([*manage, "web", "--port", str(web_port)], web_log, health, {}),
        running(api, api_log, f"http://127.0.0.1:{api_port}/docs", variables),
    ):
        row = [0.5] * width
        calls: dict[str, Callable[[http.client.HTTPConnection], None]] = {
            "score": Score(platform.key, detector.name),
            "model": Model(platform.key, detector.name, row),
            "fastapi": Bare(row),
        }
        ports = {
            "score": web_port,
            "model": int(runtime.url.split("/")[2].split(":")[1]),
            "fastapi": api_port,
        }
        for name, call in calls.items():
            warm(ports[name], call)
        rounds = [
            {
                name: {
                    **open_loop(ports[name], call, RATE, chosen.seconds),
                    **closed_loop(ports[name], call, chosen.seconds),
                }
                for name, call in calls.items()
            }
            for _ in range(chosen.rounds)
        ]
    return {"features": width, **summary(rounds)}


class Score:
    """Asks about a new event each time."""

    def __init__(self, key: str, name: str) -> None:
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.path = f"/api/v1/fraud/detectors/{name}/score"
        self.lock, self.number = threading.Lock(), 0

    def __call__(self, connection: http.client.HTTPConnection) -> None:
        """Call."""
        from tests.apps.fraud.conftest import event  # noqa: PLC0415

        with self.lock:
            self.number += 1
            number = self.number
        told = event(number, 20.0 + number % 50, f"c{number * 7 % 200}", terminal=f"t{number % 40}")
        connection.request("POST", self.path, orjson.dumps(told), self.headers)
        answer = json.loads(connection.getresponse().read())
        if answer.get("fallback") is not False and number > 90:
            raise SystemExit(f"The model did not answer: {answer}")


class Model:
    """Asks the runtime for a score and contributions."""

    def __init__(self, key: str, name: str, row: list[float]) -> None:
        self.path = f"/v2/models/{name}/infer"
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        tensor = {"name": "features", "datatype": "FP32", "shape": [1, len(row)], "data": row}
        self.body = orjson.dumps({"inputs": [tensor], "parameters": {"explain": True}})

    def __call__(self, connection: http.client.HTTPConnection) -> None:
        """Call."""
        connection.request("POST", self.path, self.body, self.headers)
        json.loads(connection.getresponse().read())


class Bare:
    """Asks the bare route."""

    def __init__(self, row: list[float]) -> None:
        self.body = orjson.dumps({"features": row})

    def __call__(self, connection: http.client.HTTPConnection) -> None:
        """Call."""
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/infer", self.body, headers)
        json.loads(connection.getresponse().read())


def once(port: int, call: Callable[[http.client.HTTPConnection], None]) -> None:
    """Call over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    call(connection)
    connection.close()


def warm(port: int, call: Callable[[http.client.HTTPConnection], None]) -> None:
    """Call until models are loaded and every thread has its connections."""
    for _ in range(100):
        once(port, call)


def open_loop(
    port: int, call: Callable[[http.client.HTTPConnection], None], rate: int, seconds: float
) -> dict[str, float]:
    """Call at a fixed rate, whatever the answers take; latency counts from when a call was due."""
    began, taken, lock = time.perf_counter() + 0.2, [], threading.Lock()
    due = iter(range(int(rate * seconds)))

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                number = next(due, None)
            if number is None:
                return
            at = began + number / rate
            time.sleep(max(0.0, at - time.perf_counter()))
            call(connection)
            taken.append(time.perf_counter() - at)

    _together(work, 8)
    return percentiles(taken)


def closed_loop(
    port: int, call: Callable[[http.client.HTTPConnection], None], seconds: float
) -> dict[str, float]:
    """Call again as soon as the answer came, from a few callers."""
    ends, taken = time.perf_counter() + seconds, []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < ends:
            began = time.perf_counter()
            call(connection)
            taken.append(time.perf_counter() - began)

    _together(work, CALLERS)
    found = percentiles(taken)
    return {"per_s": round(len(taken) / seconds, 1), "busy_p99_ms": found["p99_ms"]}


def _together(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def percentiles(taken: list[float]) -> dict[str, float]:
    """Return p50 and p99 in milliseconds."""
    cuts = statistics.quantiles(taken, n=100)
    return {"p50_ms": round(1000 * cuts[49], 3), "p99_ms": round(1000 * cuts[98], 3)}


def summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return medians over the rounds, and how many times the others' the score call takes."""
    names = rounds[0].keys()
    median = {
        name: {
            key: statistics.median(each[name][key] for each in rounds) for key in rounds[0][name]
        }
        for name in names
    }
    ratios = {
        f"score_over_{other}": {
            key: round(statistics.median(e["score"][key] / e[other][key] for e in rounds), 2)
            for key in ("p50_ms", "p99_ms", "per_s")
        }
        for other in ("model", "fastapi")
    }
    return {**median, **ratios}


def fastapi(platform: Platform, detector: Any, port: int) -> tuple[list[str], dict[str, str]]:
    """Return command and variables of the bare route."""
    from benchmarks.peers import starting  # noqa: PLC0415
    from platform_core.registry import api as registry  # noqa: PLC0415

    place = starting.environment(starting.PEERS["fastapi"])
    version = registry.get_version(actor=platform.actor, model_name=detector.name, number=1)
    bundle = registry.open_bundle(version=version)
    folder = platform.folder / "bundle"
    folder.mkdir()
    (folder / "manifest.json").write_bytes(bundle.manifest.canonical_bytes())
    for name, content in bundle.files.items():
        (folder / name).write_bytes(content)
    packages = next((place / "lib").glob("python*/site-packages"))
    code = (
        "import sys; sys.path.append(sys.argv[1]); import uvicorn; "
        "uvicorn.run('benchmarks.peers.fraud_fastapi_app:app', port=int(sys.argv[2]), log_level='warning',"
        " access_log=False)"
    )
    variables = {"PEER_PACKAGES": str(packages), "BUNDLE": str(folder), "PYTHONPATH": str(ROOT)}
    return [sys.executable, "-c", code, str(packages), str(port)], variables


if __name__ == "__main__":
    main()
