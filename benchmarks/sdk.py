"""The client library beside what it stands on: its import, an upload beside curl, a prediction beside httpx.

    PENTAQUARK_BASE_URL=http://localhost:8000 PENTAQUARK_API_KEY=pq_... uv run python -m benchmarks.sdk

Needs a running demo (endpoint `films`) and curl; sends 1 GB several times and deletes it again.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

import pentaquark as pq

GB = 10**9
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CALLS = 400
USER = "viewer-0001"
_IMPORT = """
import time, sys
def held(): return int(open("/proc/self/statm").read().split()[1]) * 4096
before, began = held(), time.perf_counter()
import pentaquark
if len(sys.argv) > 1: pentaquark.Client(api_key="pq_k")
print(time.perf_counter() - began, held() - before)
"""
_UPLOAD = """
import resource, sys, time
import pentaquark as pq
client = pq.client()
began = time.perf_counter()
upload = client.datasets.uploads.send(sys.argv[1], progress=False)
took = time.perf_counter() - began
client.datasets.uploads.forget([sys.argv[1]])
client.request("DELETE", f"/api/v1/uploads/{upload}/")
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def in_child(code: str, *arguments: str) -> tuple[float, float]:
    """Run code in a fresh interpreter; return the two numbers it prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, second = done.stdout.split()
    return float(first), float(second)


def imports() -> dict[str, Any]:
    """Measure the import, in fresh interpreters."""
    figures = {}
    for name, arguments in {"import": (), "first_client": ("client",)}.items():
        found = [in_child(_IMPORT, *arguments) for _ in range(7)]
        figures[f"{name}_ms"] = round(1000 * statistics.median(took for took, _ in found), 1)
        figures[f"{name}_mb"] = round(max(grown for _, grown in found) / 1e6, 1)
    return figures


def with_curl(folder: Path, file: Path) -> float:
    """Send the parts of a file with one curl; return the seconds."""
    client = pq.client()
    body = {"filename": file.name, "size_bytes": file.stat().st_size}
    upload = client.request("POST", "/api/v1/uploads/", body=body)
    command = ["curl", "--silent", "--show-error", "--fail"]
    for number in range(upload["parts"]):
        part = folder / f"part-{number:04d}"
        if not part.exists():
            with file.open("rb") as source:
                source.seek(number * upload["part_bytes"])
                part.write_bytes(source.read(upload["part_bytes"]))
        url = f"{client.settings.base_url}/api/v1/uploads/{upload['id']}/parts/{number}/"
        command += ["--next"] if number else []
        command += ["--fail", "-X", "PUT", "-H", "Content-Type: application/octet-stream"]
        command += ["-H", f"Authorization: Bearer {client.settings.api_key}", "-H", "Expect:"]
        command += ["--data-binary", f"@{part}", url]  # -T would add the file's name to the address
    began = time.perf_counter()
    subprocess.run(command, check=True)
    took = time.perf_counter() - began
    client.request("DELETE", f"/api/v1/uploads/{upload['id']}/")
    return took


def uploads() -> dict[str, Any]:
    """Send 1 GB by turns with curl and with the library, to the same route."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "big.csv"
        with file.open("wb") as out:
            for _ in range(GB // 10**7):
                out.write(os.urandom(10**7))
        curl, ours, memory = [], [], []
        with_curl(folder, file)  # cuts the parts, warms the platform
        for _ in range(ROUNDS):
            curl.append(with_curl(folder, file))
            took, peak = in_child(_UPLOAD, str(file))
            ours.append(took)
            memory.append(peak)
    return {
        "upload_curl_s": round(statistics.median(curl), 2),
        "upload_s": round(statistics.median(ours), 2),
        "upload_rate_to_curl": round(statistics.median(curl) / statistics.median(ours), 3),
        "upload_peak_mb": round(max(memory) / 1e6, 1),
    }


def predictions() -> dict[str, Any]:
    """Predict one row by turns with bare httpx and with the library."""
    client = pq.client()
    endpoint = client.endpoints.get("films")
    inputs, parameters = {"user": [USER], "k": [3]}, {"operation": "recommend"}
    endpoint.predict(inputs, parameters=parameters)
    url = f"{client.settings.inference_url}/v2/models/films/infer"
    said = [
        {"name": "user", "datatype": "BYTES", "shape": [1], "data": [USER]},
        {"name": "k", "datatype": "INT64", "shape": [1], "data": [3]},
    ]
    body = {"inputs": said, "parameters": parameters}
    headers = {"Authorization": f"Bearer {client.settings.api_key}"}
    bare, ours = [], []
    with httpx.Client(headers=headers) as http:
        for _ in range(CALLS):
            began = time.perf_counter()
            answer = http.post(url, json=body).json()
            between = time.perf_counter()
            found = endpoint.predict(inputs, parameters=parameters)
            ours.append(time.perf_counter() - between)
            bare.append(between - began)
    assert answer["outputs"][0]["name"] in found  # noqa: S101  (both were answered)
    return {
        "predict_httpx_ms": round(1000 * statistics.median(bare), 3),
        "predict_ms": round(1000 * statistics.median(ours), 3),
        "predict_ratio": round(statistics.median(ours) / statistics.median(bare), 3),
    }


if __name__ == "__main__":
    print(json.dumps(imports() | predictions() | uploads()))
