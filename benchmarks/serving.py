"""The runtime beside bare FastAPI and four model servers: same models, same machine, rounds in turn.

    uv run python benchmarks/serving.py [--rounds 5] [--seconds 2] [--peers fastapi,ray] [--parts cells,web]

Models: a 64-128-10 network in ONNX and an XGBoost booster of 100 trees over 30 features, one thread each.
Ours runs with everything on (API key, validation, metrics, version routing), the peers with nothing. `wrk`
calls; CPU is that of the whole process tree, divided by the requests. 64 rows travel to ours as binary
tensors, to the peers as JSON, the only way they have. Further parts: `web` the Django side's way through the
Unix socket; `crowd` dynamic batching on and off; `budget` 200 models under a budget that holds 20, one loaded
after another without a pause, beside a model that stays.

The last line is one JSON object; ratios are to FastAPI's figure of the same round, median of the rounds.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import serving_platform  # noqa: E402
from benchmarks.load import Server, call, script  # noqa: E402
from benchmarks.peers import starting  # noqa: E402

OURS = "pentaquark"
PARTS = ("cells", "web", "crowd", "budget")


@dataclass
class Cell:
    """One way to call all."""

    name: str
    connections: int
    our_script: Path
    peer_script: Path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--peers", default=",".join(starting.PEERS))
    parser.add_argument("--models", default="onnx,xgboost")
    parser.add_argument("--parts", default=",".join(PARTS))
    chosen = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit(
            "This benchmark calls with wrk, which is not installed here (apt-get install wrk)."
        )
    parts = chosen.parts.split(",")
    with tempfile.TemporaryDirectory(prefix="pentaquark-bench-") as name:
        platform = serving_platform.Platform(Path(name))
        results: dict[str, object] = {"benchmark": "serving"}
        if "cells" in parts:
            results["cells"] = cells(platform, chosen)
            results["versions"] = {
                peer: starting.versions(starting.PEERS[peer]) for peer in chosen.peers.split(",")
            }
        for part in PARTS[1:]:
            if part in parts:
                results[part] = getattr(platform, part)(chosen)
                print(part, results[part], flush=True)
    print(json.dumps(results | machine()))


def cells(platform: serving_platform.Platform, chosen: argparse.Namespace) -> dict[str, object]:
    """Measure every cell of every model, all servers of a model running at once."""
    results: dict[str, object] = {}
    for flavour in chosen.models.split(","):
        model, width = platform.served(flavour)
        ways = make_cells(platform.folder, platform.key, flavour, width)
        with ExitStack() as stack:
            servers = [stack.enter_context(platform.runtime(flavour))]
            for name in chosen.peers.split(","):
                probe = (platform.folder / f"{flavour}-1-json.body").read_bytes()
                peer = starting.PEERS[name]
                try:
                    servers.append(
                        stack.enter_context(starting.started(peer, model, platform.folder, probe))
                    )
                except SystemExit as error:  # a crowded machine: the others are still measured
                    results[f"{flavour}_{name}_did_not_start"] = str(error)[-300:]
            for way in ways:
                results[f"{flavour}_{way.name}"] = measure(way, servers, chosen)
    return results


def make_cells(folder: Path, key: str, flavour: str, width: int) -> list[Cell]:
    """Write the bodies and wrk scripts."""
    import numpy as np  # noqa: PLC0415

    random = np.random.default_rng(0)
    scripts = {}
    for rows in (1, 64):
        x = random.random((rows, width), dtype=np.float32)
        tensor = {"name": "x", "datatype": "FP32", "shape": list(x.shape)}
        plain = {"inputs": [tensor | {"data": [round(float(v), 6) for v in x.flat]}]}
        name = f"{flavour}-{rows}"
        scripts[rows, "json"] = script(folder, f"{name}-json", json.dumps(plain).encode(), key)
        packed = {"inputs": [tensor | {"parameters": {"binary_data_size": x.nbytes}}]}
        head = json.dumps(packed | {"parameters": {"binary_data_output": True}}).encode()
        extra = f'wrk.headers["Inference-Header-Content-Length"] = "{len(head)}"'
        scripts[rows, "binary"] = script(folder, f"{name}-binary", head + x.tobytes(), key, extra)
    one, many = scripts[1, "json"], scripts[64, "json"]
    return [
        Cell("one_row_c1", 1, one, one),
        Cell("one_row_c32", 32, one, one),
        Cell("64_rows_binary_c1", 1, scripts[64, "binary"], many),
    ]


def measure(cell: Cell, servers: list[Server], chosen: argparse.Namespace) -> dict[str, object]:
    """Call all in turn and return medians and ratios to FastAPI."""
    scripts = {s.name: cell.our_script if s.name == OURS else cell.peer_script for s in servers}
    for server in servers:
        call(server, scripts[server.name], cell.connections, 1)
    rounds = []
    for _ in range(chosen.rounds):
        rounds.append(
            {s.name: call(s, scripts[s.name], cell.connections, chosen.seconds) for s in servers}
        )
        print(cell.name, {name: (r["p50_us"], r["cpu_us"], r["per_s"]) for name, r in rounds[-1].items()},
              flush=True)  # fmt: skip
    result: dict[str, object] = {}
    for figure in ("p50_us", "p95_us", "cpu_us", "per_s"):
        result[figure] = {
            name: round(statistics.median(r[name][figure] for r in rounds), 1) for name in scripts
        }
        if "fastapi" in scripts:
            result[f"{figure}_to_fastapi"] = {
                name: round(
                    statistics.median(
                        r[name][figure] / max(r["fastapi"][figure], 1e-9) for r in rounds
                    ),
                    3,
                )
                for name in scripts
            }
    result["errors"] = {name: int(sum(r[name]["errors"] for r in rounds)) for name in scripts}
    return result


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    return {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": sys.version[:6]}


if __name__ == "__main__":
    main()
