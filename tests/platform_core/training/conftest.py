"""Ratings in a data set, and the model of issue 5 to train on them."""

import secrets

import pytest

from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.training.engine.job import train
from platform_core.training.models import RowPrediction, Training
from platform_core.training.params import Source, TrainingSpec
from platform_core.training.services import request_training
from platform_core.vault import api as vault
from tests.apps.recommendation.conftest import run_job, upload
from tests.ml.training import models

COMPILE = {"optimizer": "adam", "loss": "mse", "metrics": ["mae"]}


@pytest.fixture(autouse=True)
def memory_store(settings):
    settings.STORE_URL = f"memory://{secrets.token_hex(8)}"


@pytest.fixture
def dataset(actor):
    return upload(actor, table(models.ratings(rows=200)), name="ratings")


def table(columns) -> str:
    lines = [",".join(columns)]
    lines += [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines) + "\n"


def spec(**changes) -> TrainingSpec:
    fields = {
        "name": "taste",
        "dataset": Source("ratings"),
        "model": models.embedding(),
        "compile": COMPILE,
        "fit": {"epochs": 2},
    }
    return TrainingSpec(**{**fields, **changes})


def trained(actor, **changes) -> Training:
    """Ask for a training and carry it out in this process."""
    row = request_training(actor=actor, spec=spec(**changes))
    run(actor, row)
    return row


def run(actor, row) -> jobs.Job:
    job = run_job(actor, jobs.get_job(actor=actor, job_id=row.job_id), train)
    row.refresh_from_db()
    return job


def ended(owner: Actor, dataset: datasets.Dataset) -> dict[str, str]:
    """Return the ids of a training that has ended, and of answers it was asked for."""
    version = datasets.current_version(dataset=dataset)
    rows = {"version": str(version.pk), "split": None, "part": "", "words": "rows"}
    asked = {
        "model": {"config": {}},
        "compile": {"optimizer": {"class_name": "Adam"}, "loss": {"class_name": "Huber"}},
        "fit": {"epochs": 1},
        "inputs": {},
        "columns": [version.columns[0]["name"]],
        "target": version.columns[-1]["name"],
        "dataset": rows,
        "validation": None,
        "deploy": False,
    }
    own = {"organisation": owner.organisation}
    row = Training.objects.create(**own, name="own", asked=asked, fingerprint="x", version=1)
    key = vault.create_data_key(organisation=owner.organisation, purpose="answers")
    source = {"source": rows, "measure": False}
    answers = RowPrediction.objects.create(**own, training=row, asked=source, data_key=key)
    return {"training_id": str(row.pk), "prediction_id": str(answers.pk)}
