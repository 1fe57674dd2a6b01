"""Dynamic batching: the same network twice in one runtime, joined and not, called by one and by a crowd."""

import argparse
import statistics
from dataclasses import replace
from typing import Any

from benchmarks.load import Server, call, script

WIDTHS = (512, 768, 512, 10)
CROWD = 32


def measure(platform: Any, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return medians of paired rounds: batching on / off for one caller and for a crowd."""
    import json  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    from ml.common.bundle import build  # noqa: PLC0415
    from tests.ml.runtime import sample_models  # noqa: PLC0415

    bundle = sample_models.network(WIDTHS)
    platform.serve("joined", bundle)
    manifest = bundle.manifest
    platform.serve(
        "alone",
        build(
            flavour=manifest.flavour,
            inputs=manifest.inputs,
            outputs=manifest.outputs,
            files=bundle.files,
            attributes={"batching": False},
        ),
    )
    x = np.random.default_rng(0).random((1, WIDTHS[0]), dtype=np.float32)
    tensor = {"name": "x", "datatype": "FP32", "shape": list(x.shape)}
    packed = {"inputs": [tensor | {"parameters": {"binary_data_size": x.nbytes}}]}
    head = json.dumps(packed | {"parameters": {"binary_data_output": True}}).encode()
    extra = f'wrk.headers["Inference-Header-Content-Length"] = "{len(head)}"'
    lua = script(platform.folder, "crowd", head + x.tobytes(), platform.key, extra)
    results: dict[str, Any] = {"widths": WIDTHS}
    with platform.runtime("joined") as server:
        servers = {
            name: replace(server, name=name, url=server.url.replace("joined", name))
            for name in ("joined", "alone")
        }
        for connections in (1, CROWD):
            results[f"c{connections}"] = _compare(servers, lua, connections, chosen)
    return results


def _compare(
    servers: dict[str, Server], lua: Any, connections: int, chosen: argparse.Namespace
) -> dict[str, float]:
    for server in servers.values():
        call(server, lua, connections, 1)
    rounds = [
        {name: call(server, lua, connections, chosen.seconds) for name, server in servers.items()}
        for _ in range(chosen.rounds)
    ]
    return {
        f"{figure}_joined_to_alone": round(
            statistics.median(r["joined"][figure] / r["alone"][figure] for r in rounds), 3
        )
        for figure in ("p50_us", "p95_us", "cpu_us", "per_s")
    } | {"errors": sum(r[name]["errors"] for r in rounds for name in servers)}
