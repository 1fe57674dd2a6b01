"""Our side of the serving benchmark: a platform with one organisation, its models, and runtimes to call."""

import argparse
import http.client
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.load import ROOT, Server, free_port, running

FEATURES, TREES = 30, 100


class Platform:
    """One organisation, one key, and the models registered and served.

    Attributes:
        folder: of everything.
        key: of the organisation.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        os.environ["PENTAQUARK_HOME"] = str(folder / "home")
        os.environ["DJANGO_SETTINGS_MODULE"] = "platform_core.config.settings"
        import django  # noqa: PLC0415  (after the environment is set)
        from django.core.management import call_command  # noqa: PLC0415

        django.setup()
        call_command("migrate", verbosity=0)
        from tests import factories  # noqa: PLC0415

        self.actor = factories.actor()
        self.key = factories.api_key(self.actor)
        self._files: dict[str, tuple[Path, int]] = {}

    def served(self, flavour: str) -> tuple[Path, int]:
        """Serve the model of a flavour under its name; return (its file, features)."""
        if flavour not in self._files:
            bundle, width = _network() if flavour == "onnx" else _booster()
            self.serve(flavour, bundle)
            name, content = next(iter(bundle.files.items()))
            path = self.folder / f"{flavour}{Path(name).suffix}"
            path.write_bytes(content)
            self._files[flavour] = path, width
        return self._files[flavour]

    def serve(self, name: str, bundle: Any) -> None:
        """Register a bundle, promote it and give it an endpoint of its name."""
        from platform_core.registry import api as registry  # noqa: PLC0415
        from platform_core.serving import api as serving  # noqa: PLC0415

        version = registry.register_version(
            actor=self.actor,
            model=registry.ModelSpec(name, "benchmark", "benchmark"),
            bundle=bundle,
            metrics={},
            parameters={},
            lineage=registry.Lineage(),
        )
        registry.set_alias(actor=self.actor, model=version.model, alias="champion", version=version)
        serving.ensure_endpoint(actor=self.actor, name=name, model_name=name)

    @contextmanager
    def runtime(self, endpoint: str, **variables: str) -> Iterator[Server]:
        """Run `manage.py runtime`; the server's URL is the endpoint's."""
        port = free_port()
        command = [sys.executable, str(ROOT / "manage.py"), "runtime"]
        url = f"http://127.0.0.1:{port}"
        variables |= {
            "PENTAQUARK_RUNTIME_PORT": str(port),
            "PENTAQUARK_GRPC_PORT": str(free_port()),
        }
        log = self.folder / f"runtime-{port}.log"
        with running(command, log, f"{url}/v2/health/ready", variables) as process:
            yield Server("pentaquark", process, f"{url}/v2/models/{endpoint}/infer")

    def web(self, chosen: argparse.Namespace) -> dict[str, float]:
        """Return the median milliseconds of `serving.api.predict` and of the same call over TCP."""
        import numpy as np  # noqa: PLC0415

        from platform_core.serving import api as serving  # noqa: PLC0415
        from platform_core.serving.protocol import calling  # noqa: PLC0415

        self.served("onnx")
        inputs = {"x": np.zeros((1, 64), dtype=np.float32)}
        with self.runtime("onnx") as server:
            connection = http.client.HTTPConnection(server.url.split("/")[2])

            def direct() -> None:
                body, length = calling.encode_request(inputs, {})
                headers = {
                    "Authorization": f"Bearer {self.key}",
                    "Inference-Header-Content-Length": str(length),
                }
                connection.request("POST", "/v2/models/onnx/infer", body, headers)
                connection.getresponse().read()

            def door() -> None:
                serving.predict(actor=self.actor, endpoint="onnx", inputs=inputs)

            times = in_turn({"direct": direct, "door": door}, 1500)
        p50 = {
            f"{name}_p50_ms": 1000 * statistics.median(taken[300:]) for name, taken in times.items()
        }
        p50["added_p50_ms"] = p50["door_p50_ms"] - p50["direct_p50_ms"]
        return {name: round(value, 3) for name, value in p50.items()}

    def crowd(self, chosen: argparse.Namespace) -> dict[str, Any]:
        """Measure dynamic batching; see serving_crowd."""
        from benchmarks import serving_crowd  # noqa: PLC0415

        return serving_crowd.measure(self, chosen)

    def budget(self, chosen: argparse.Namespace) -> dict[str, Any]:
        """Measure the memory budget; see serving_budget."""
        from benchmarks import serving_budget  # noqa: PLC0415

        return serving_budget.measure(self, chosen)


def in_turn(functions: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each call of each function."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            began = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - began)
    return times


def _network() -> tuple[Any, int]:
    from tests.ml.runtime import sample_models  # noqa: PLC0415

    return sample_models.network(), 64


def _booster() -> tuple[Any, int]:
    import numpy as np  # noqa: PLC0415
    import xgboost  # noqa: PLC0415

    from ml.common.bundle import TensorSpec, build  # noqa: PLC0415

    random = np.random.default_rng(0)
    rows_NF = random.random((4000, FEATURES), dtype=np.float32)
    labels_N = (
        rows_NF[:, 0] + rows_NF[:, 1] * rows_NF[:, 2] + 0.1 * random.standard_normal(4000) > 0.8
    )
    params = {"objective": "binary:logistic", "max_depth": 6, "nthread": 1}
    booster = xgboost.train(params, xgboost.DMatrix(rows_NF, labels_N), TREES)
    bundle = build(
        flavour="xgboost",
        inputs=(TensorSpec("x", "FP32", (-1, FEATURES)),),
        outputs=(TensorSpec("y", "FP32", (-1,)),),
        files={"model.ubj": bytes(booster.save_raw("ubj"))},
    )
    return bundle, FEATURES
