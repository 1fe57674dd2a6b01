"""Two hundred models under a budget that holds twenty, called one after another, beside one that stays."""

import argparse
import http.client
import json
import statistics
import threading
import time
from typing import Any

from benchmarks.load import Server, call

MODELS, HELD = 200, 20
WIDTHS = (256, 512, 256, 4)


def measure(platform: Any, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return the latencies of the cached model alone and beside loads, the failures and the memory."""
    from benchmarks.serving import make_cells  # noqa: PLC0415
    from tests.ml.runtime import sample_models  # noqa: PLC0415

    _, width = platform.served("onnx")
    way = make_cells(platform.folder, platform.key, "onnx", width)[0]
    bundle = sample_models.network(WIDTHS)
    for number in range(MODELS):
        platform.serve(f"cold-{number}", bundle)
    budget_mb = int((HELD + 1) * (bundle.size_bytes + 100_000) / 2**20) + 1
    rounds = []
    with platform.runtime("onnx", PENTAQUARK_RUNTIME_MEMORY_MB=str(budget_mb)) as server:
        visitor = _Visitor(server, platform.key, _body(WIDTHS[0]))
        call(server, way.our_script, 1, 2)
        visitor.visit(MODELS)
        rss = [server.process.memory_info().rss]
        for _ in range(chosen.rounds):
            alone = call(server, way.our_script, 1, chosen.seconds)
            with visitor:
                beside = call(server, way.our_script, 1, chosen.seconds)
            rounds.append((alone, beside))
        time.sleep(2)
        rss.append(server.process.memory_info().rss)
    return {
        "models": MODELS,
        "budget_mb": budget_mb,
        "visits": visitor.visits,
        "failures": visitor.failures,
        "errors": sum(a["errors"] + b["errors"] for a, b in rounds),
        "load_p50_ms": round(1000 * statistics.median(visitor.seconds), 1),
        "rss_after_first_pass_mb": rss[0] // 2**20,
        "rss_at_the_end_mb": rss[1] // 2**20,
    } | {
        f"{figure}_beside_loads_to_alone": round(
            statistics.median(b[figure] / a[figure] for a, b in rounds), 3
        )
        for figure in ("p50_us", "p95_us")
    }


def _body(width: int) -> bytes:
    return json.dumps({"inputs": [{"name": "x", "data": [[0.5] * width]}]}).encode()


class _Visitor:
    """Calls model after model; as a context it does so in a thread."""

    def __init__(self, server: Server, key: str, body: bytes) -> None:
        self._host, self._body = server.url.split("/")[2], body
        self._headers = {"Authorization": f"Bearer {key}"}
        self._connection = http.client.HTTPConnection(self._host, timeout=60)
        self._stop = threading.Event()
        self.visits = self.failures = 0
        self.seconds: list[float] = []

    def visit(self, count: int = 1) -> None:
        """Call the next `count` models."""
        for _ in range(count):
            began = time.perf_counter()
            path = f"/v2/models/cold-{self.visits % MODELS}/infer"
            self._connection.request("POST", path, self._body, self._headers)
            answer = self._connection.getresponse()
            answer.read()
            self.visits += 1
            self.failures += answer.status != 200
            self.seconds.append(time.perf_counter() - began)

    def __enter__(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def __exit__(self, *args: object) -> None:
        self._stop.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._stop.is_set():
            self.visit()
