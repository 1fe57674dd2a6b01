"""A registered network and a data set of its inputs."""

import secrets

import numpy as np
import pytest

from ml.runtime.loading import load
from platform_core.compression import engine
from platform_core.compression.models import Compression
from platform_core.compression.params import CompressionSpec
from platform_core.compression.services import request_compression
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from tests.apps.recommendation.conftest import run_job, upload
from tests.ml.compression import models


@pytest.fixture(autouse=True)
def memory_store(settings):
    settings.STORE_URL = f"memory://{secrets.token_hex(8)}"


@pytest.fixture
def version(actor):
    """Version 1 of the model `digits`: a network of 256 hidden units."""
    return register(actor, models.network(hidden=256))


def register(actor, bundle, name="digits"):
    return registry.register_version(
        actor=actor,
        model=registry.ModelSpec(name, "test", "classification"),
        bundle=bundle,
        metrics={},
        parameters={},
        lineage=registry.Lineage(),
    )


@pytest.fixture
def dataset(actor):
    """600 rows of the network's inputs with the class it gives them as `label`."""
    x = models.rows(600, seed=7)
    best = load(models.network(hidden=256), {}).predict({"features": x}, {})["probabilities"]
    header = [f"f{n:02d}" for n in range(models.FEATURES)]
    lines = [",".join([*header, "label"])]
    for row, label in zip(x, np.argmax(best, axis=1), strict=True):
        lines.append(",".join([*(f"{value:.6f}" for value in row), str(label)]))
    return upload(actor, "\n".join(lines).encode(), name="digits.csv")


def run(actor, **asked) -> Compression:
    """Ask for a compression and carry it out in this process."""
    row = request_compression(actor=actor, spec=CompressionSpec(**asked))
    again(actor, row)
    return row


def again(actor, row) -> jobs.Job:
    """Carry a compression out, once more if it was before; return its job."""
    job = run_job(actor, jobs.get_job(actor=actor, job_id=row.job_id), engine.compress)
    row.refresh_from_db()
    return job
