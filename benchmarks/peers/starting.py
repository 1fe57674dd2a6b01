"""Makes the peers' environments and starts them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Server, free_port, running

FOLDER = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pentaquark-benchmarks"
_MODELS = ("onnxruntime", "numpy", "xgboost-cpu")


@dataclass(frozen=True)
class Peer:
    """A server of others.

    Attributes:
        packages: what its environment holds beside the model libraries.
        command: `{bin}`, `{port}` and `{folder}` are filled in.
        path: where it answers.
    """

    name: str
    packages: tuple[str, ...]
    command: tuple[str, ...]
    path: str


PEERS = {
    peer.name: peer
    for peer in (
        Peer(
            "fastapi",
            ("fastapi", "uvicorn[standard]"),
            ("{bin}/uvicorn", "fastapi_app:app", "--port", "{port}", "--no-access-log",
             "--log-level", "warning", "--app-dir", str(FOLDER)),
            "/infer",
        ),
        Peer("litserve", ("litserve",), ("{bin}/python", f"{FOLDER}/litserve_app.py", "{port}"), "/predict"),
        Peer(  # 1.7.1 starts only with uvloop < 0.22
            "mlserver",
            ("mlserver==1.7.1", "uvloop<0.22"),
            ("{bin}/mlserver", "start", "{folder}"),
            "/v2/models/network/infer",
        ),
        Peer(
            "bentoml",
            ("bentoml",),
            ("{bin}/bentoml", "serve", "bentoml_app:Served", "--port", "{port}", "--host", "127.0.0.1",
             "--working-dir", str(FOLDER)),
            "/infer",
        ),
        Peer("ray", ("ray[serve]",), ("{bin}/python", f"{FOLDER}/ray_app.py", "{port}"), "/infer"),
    )
}  # fmt: skip


def environment(peer: Peer) -> Path:
    """Return the peer's virtual environment, made the first time."""
    place, wanted = CACHE / peer.name, " ".join((*peer.packages, *_MODELS))
    mark = place / "packages.txt"
    if not mark.exists() or mark.read_text() != wanted:
        uv = shutil.which("uv") or "uv"
        subprocess.run([uv, "venv", "-q", "--clear", "-p", sys.executable, str(place)], check=True)
        python = str(place / "bin" / "python")
        packages = [*peer.packages, *_MODELS]
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *packages], check=True)
        mark.write_text(wanted)
    return place


def versions(peer: Peer) -> dict[str, str]:
    """Return the versions of what makes the peer as fast as it is."""
    names = ["fastapi", "uvicorn", "uvloop", "litserve", "mlserver", "bentoml", "ray", "onnxruntime",
             "xgboost-cpu"]  # fmt: skip
    code = (
        "import json, importlib.metadata as m\n"
        "have = {d.metadata['Name'].lower(): d.version for d in m.distributions()}\n"
        f"print(json.dumps({{n: have[n] for n in {names!r} if n in have}}))"
    )
    python = str(environment(peer) / "bin" / "python")
    shown = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(shown.stdout)
    return found


@contextmanager
def started(peer: Peer, model: Path, folder: Path, probe: bytes) -> Iterator[Server]:
    """Run a peer from its first answer to `probe` to the end of the block."""
    port = free_port()
    own = folder / f"{peer.name}-{model.stem}"
    own.mkdir(exist_ok=True)
    _settings(own, port)
    fill = {"bin": str(environment(peer) / "bin"), "port": str(port), "folder": str(own)}
    command = [part.format(**fill) for part in peer.command]
    variables = {
        "MODEL": str(model), "PYTHONPATH": str(FOLDER), "OMP_NUM_THREADS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "BENTOML_DO_NOT_TRACK": "1", "LITSERVE_DISABLE_TELEMETRY": "1", "BENTOML_HOME": str(own / "bento"),
    }  # fmt: skip
    url = f"http://127.0.0.1:{port}{peer.path}"
    with running(command, own / "log", url, variables, probe=probe) as process:
        yield Server(peer.name, process, url)


def _settings(folder: Path, port: int) -> None:
    """Write MLServer's settings."""
    settings = {
        "host": "127.0.0.1", "http_port": port, "grpc_port": free_port(), "metrics_port": free_port(),
        "parallel_workers": 0, "debug": False,
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings))
    model = {"name": "network", "implementation": "mlserver_app.Served"}
    (folder / "model-settings.json").write_text(json.dumps(model))
