"""A file far larger than the allowance is ingested in bounded memory; web processes load no data library."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
MEBIBYTE = 2**20

INGEST = """
import io, json, django
django.setup()
from tests import factories
from tests.platform_core.datasets.conftest import InPlaceContext
from platform_core.datasets import api, background, engine
import types, uuid

class Lines(io.RawIOBase):
    def __init__(self, count):
        self._rows = (f"{i},{i * 2654435761 % 2**32},{i % 977 / 7:.3f},2024-01-01 10:{i % 60:02}:00,"
                      f"text of row {i * 40503 % 65536} with some more words in it\\n" for i in range(count))
        self._first = b"id,key,value,at,text\\n"
    def read(self, size=-1):
        piece, self._first = self._first, b""
        return piece or "".join(line for _, line in zip(range(10_000), self._rows)).encode()

actor = factories.actor()
jobs = []
background._hooks["submit"] = lambda **job: (jobs.append(job), types.SimpleNamespace(pk=uuid.uuid4()))[1]

def peak(rows):
    upload = api.upload_bytes(actor=actor, filename="a.csv", stream=Lines(rows))
    dataset = api.create_dataset(actor=actor, name=str(rows), uploads=[upload])
    engine.ingest(InPlaceContext(actor.organisation, actor, jobs.pop()["params"]))
    assert api.current_version(dataset=dataset).rows == rows
    # not ru_maxrss: a child's begins at what its parent, the test run, held when it was forked
    held = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return upload.size_bytes, int(held.split()[1]) * 1024

small = peak(300_000)
large = peak(1_000_000)
print(json.dumps({"size": large[0], "small": small[1], "large": large[1]}))
"""

START = """
import sys, django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
print([name for name in ("pyarrow", "polars", "numpy", "pandas") if name in sys.modules])
"""


def run(script: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env=environment | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()[-1]


@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_the_file(process_environment: dict[str, str]) -> None:
    told = json.loads(run(INGEST, process_environment))
    assert told["size"] > 80 * MEBIBYTE
    assert (
        told["large"] - told["small"] < 120 * MEBIBYTE
    )  # buffers of the store fill up to 12 parts
    assert told["large"] < 600 * MEBIBYTE


@pytest.mark.django_db(transaction=True)
def test_web_processes_load_no_data_library(process_environment: dict[str, str]) -> None:
    assert run(START, process_environment) == "[]"
