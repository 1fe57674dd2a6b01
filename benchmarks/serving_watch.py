"""What watching costs the hot path: one request through the runtime's parts, with and without.

    uv run python benchmarks/serving_watch.py [--blocks 60]

No sockets and no second process: a request's coroutine is driven by hand, so that the figure is that of our
own code and the model (64-128-10, ONNX) alone. Blocks of each way in turn; the least of the blocks counts,
which a busy machine disturbs least. Ways: `plain` nothing watched; `counted` the option `watch`; `logged_1`
and `logged_100` percent of the requests into the ring (encrypting is another thread's); `traced_quiet` a
collector is configured and the caller does not sample; `traced` every request recorded.

The last line is one JSON object: microseconds of CPU, and ratios to `plain`.
"""

import argparse
import asyncio
import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
REQUESTS = 500


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=60)
    blocks = parser.parse_args().blocks
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_core.config.settings")
    import django  # noqa: PLC0415  (after the environment is set)

    django.setup()
    print(json.dumps(asyncio.run(measure(blocks))))


async def measure(blocks: int) -> dict[str, Any]:
    """Return the figures of all ways."""
    ways = make_ways()
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(blocks):
        for name, (application, scope, after) in ways.items():
            began = time.thread_time()
            for _request in range(REQUESTS):
                drive(application, scope)
            least[name] = min(least[name], time.thread_time() - began)
            after()
            await asyncio.sleep(0)
    cpu_us = {name: round(1e6 * s / REQUESTS, 2) for name, s in least.items()}
    ratios = {name: round(value / cpu_us["plain"], 3) for name, value in cpu_us.items()}
    return {"benchmark": "serving_watch", "cpu_us": cpu_us, "to_plain": ratios}


def drive(application: Any, scope: dict[str, Any]) -> None:
    """Have one request answered, which must not wait for anything."""
    try:
        application.respond(scope, _body).send(None)
    except StopIteration as answered:
        if answered.value[0] != 200:
            raise SystemExit(str(answered.value)) from None
        return
    raise AssertionError("the request waited")


async def _body() -> dict[str, Any]:
    return {"type": "http.request", "body": BODY, "more_body": False}


BODY = json.dumps(
    {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 64], "data": [0.5] * 64}]}
).encode()


def make_ways() -> dict[str, tuple[Any, dict[str, Any], Any]]:
    """Return way -> (application, scope of a request, what follows a block)."""
    plain, arm = parts_of("", 1.0)
    ways: dict[str, tuple[Any, dict[str, Any], Any]] = {"plain": (plain, scope(), _nothing)}
    if not hasattr(arm, "sampler"):  # a tree from before
        return ways
    from platform_core.serving.runtime.counting import ArmCounts  # noqa: PLC0415
    from platform_core.serving.runtime.request_log import Sampler  # noqa: PLC0415

    counted, arm = parts_of("", 1.0)
    arm.counts = ArmCounts()
    ways["counted"] = counted, scope(), _nothing
    for percent in (1, 100):
        logged, arm = parts_of("", 1.0)
        arm.sampler = Sampler(uuid.uuid4())
        arm.sampler.heed({"log_rate": percent / 100, "log_max_rows": 10_000_000})
        ways[f"logged_{percent}"] = logged, scope(), _emptier(logged)
    quiet = (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
    nowhere = "http://127.0.0.1:9"
    ways["traced_quiet"] = parts_of(nowhere, 0.0)[0], scope(quiet), _nothing
    ways["traced"] = parts_of(nowhere, 1.0)[0], scope(), _nothing
    return ways


def parts_of(url: str, ratio: float) -> tuple[Any, Any]:
    """Return a runtime's application over one loaded version, and the arm that answers."""
    from ml.runtime.loading import load  # noqa: PLC0415
    from platform_core.serving.engine import WarmUp  # noqa: PLC0415
    from platform_core.serving.runtime.body import BodyReader  # noqa: PLC0415
    from platform_core.serving.runtime.callers import Caller  # noqa: PLC0415
    from platform_core.serving.runtime.execution import Execution  # noqa: PLC0415
    from platform_core.serving.runtime.options import RuntimeOptions  # noqa: PLC0415
    from platform_core.serving.runtime.statistics import ModelFigures, Statistics  # noqa: PLC0415
    from platform_core.serving.runtime.traffic import Arm  # noqa: PLC0415
    from platform_core.serving.runtime.versions import LoadedVersion, VersionKey  # noqa: PLC0415
    from tests.ml.runtime import sample_models  # noqa: PLC0415

    predictor = load(sample_models.network(), {})
    key = VersionKey("id", "org", "onnx", "1")
    entry = LoadedVersion(key, ModelFigures(("org", "onnx", "1")), 1)
    entry.describe_tensors(predictor)
    entry.become_ready(predictor, WarmUp(single_s=0.00005))
    arm = Arm(("org", "onnx"), "champion", key)
    options = RuntimeOptions("127.0.0.1", 0, 0, Path("none"), 2**30)
    execution, bodies = Execution(options), BodyReader(options)
    inference_of, predictions_of, application_of = _classes(url, ratio)
    inference = inference_of(_Directory((entry, arm)), None, execution)
    predictions = predictions_of(inference, execution, bodies)
    caller = Caller("org")

    async def authenticate(headers: Any) -> Caller:
        return caller

    return application_of(predictions, None, Statistics(), authenticate), arm


def _classes(url: str, ratio: float) -> tuple[Any, Any, Any]:
    try:
        from platform_core.serving.runtime import tracing  # noqa: PLC0415
    except ImportError:  # a tree from before
        from platform_core.serving.runtime.inference import Inference  # noqa: PLC0415
        from platform_core.serving.runtime.rest import RestApplication  # noqa: PLC0415
        from platform_core.serving.runtime.rest_inference import RestInference  # noqa: PLC0415

        return Inference, RestInference, RestApplication
    made = tracing.parts(url, ratio)
    return made.inference, made.predictions, made.application


class _Directory:
    """Knows one endpoint."""

    def __init__(self, found: Any) -> None:
        self._found = found

    def ready(self, route: Any, sticky_key: str = "") -> Any:
        """Return it."""
        return self._found


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """Return the scope of a usual request."""
    usual = [
        (b"host", b"x"),
        (b"content-type", b"application/json"),
        (b"authorization", b"Bearer x"),
    ]
    path = "/v2/models/onnx/infer"
    return {"type": "http", "method": "POST", "path": path, "headers": [*usual, *headers]}


def _nothing() -> None:
    pass


def _emptier(application: Any) -> Any:
    log = application._predictions._inference.log  # noqa: SLF001

    def empty() -> None:
        assert not log.dropped  # noqa: S101
        log._waiting.clear()  # noqa: SLF001
        log._count = log.waiting_bytes = 0  # noqa: SLF001

    return empty


if __name__ == "__main__":
    main()
