"""Import cost is a feature: what a web process may not load."""

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "xgboost", "faiss", "implicit", "sklearn", "onnxruntime", "keras")
DATA = ("pyarrow", "polars", "scipy")


@pytest.fixture(scope="module")
def loaded_after_first_page() -> dict:
    """Modules and resident memory of a process that set Django up and answered a request."""
    program = """
import json, sys, resource
import django; django.setup()
from django.test import Client
from platform_core.config.wsgi import application
import platform_core.config.urls
Client().get('/healthz')
rss_mib = int(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1]) / 1024
print(json.dumps({"modules": sorted({m.partition('.')[0] for m in sys.modules}), "rss_mib": rss_mib}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("module", HEAVY + DATA)
def test_a_web_process_does_not_import(loaded_after_first_page: dict, module: str):
    assert module not in loaded_after_first_page["modules"]


def test_a_web_process_stays_small(loaded_after_first_page: dict):
    assert loaded_after_first_page["rss_mib"] <= 150
