"""A line to learn, and studies of a small network on it."""

import pytest

from platform_core.accounts.api import Actor
from platform_core.jobs import api as jobs
from platform_core.training.engine.job import train
from platform_core.training.params import Source, TrainingSpec
from platform_core.tuning.engine.job import tune
from platform_core.tuning.models import Study, Trial
from platform_core.tuning.params import StudySpec
from platform_core.tuning.services import request_study
from tests.apps.recommendation.conftest import run_job, upload
from tests.ml.training import models
from tests.platform_core.training.conftest import memory_store, table

__all__ = ["memory_store"]
SPACE = {
    "compile.optimizer.learning_rate": {"type": "float", "low": 1e-4, "high": 0.3, "log": True},
    "fit.batch_size": {"type": "categorical", "choices": [16, 64]},
    "layers.0.units": {"type": "int", "low": 1, "high": 8},
}


@pytest.fixture
def dataset(actor):
    return upload(actor, table(models.line(rows=120)), name="line")


@pytest.fixture
def held_out(actor):
    return upload(actor, table(models.line(rows=60, seed=2)), name="held-out")


def network():
    layers = models.keras().layers
    return models.configured(
        models.keras().Input((2,)), layers.Dense(4, activation="tanh"), layers.Dense(1)
    )


def training_spec(name="line", **changes) -> TrainingSpec:
    fields = {
        "name": name,
        "dataset": Source("line"),
        "validation": Source("held-out"),
        "model": network(),
        "compile": {"optimizer": "adam", "loss": "mse"},
        "fit": {"epochs": 3, "seed": 1},
    }
    return TrainingSpec(**{**fields, **changes})


def spec(name="line", training=None, **changes) -> StudySpec:
    fields = {"space": SPACE, "trials": 5, "seed": 3}
    return StudySpec(training_spec(name, **(training or {})), **{**fields, **changes})


def requested(actor, name="line", training=None, **changes) -> Study:
    return request_study(actor=actor, spec=spec(name, training, **changes))


def run(actor, row) -> jobs.Job:
    """Carry a study out, then the training it asked for."""
    job = run_job(actor, jobs.get_job(actor=actor, job_id=row.job_id), tune)
    row.refresh_from_db()
    if row.training is not None:
        wanted = jobs.get_job(actor=actor, job_id=row.training.job_id)
        run_job(actor, wanted, train)
        row.training.refresh_from_db()
    return job


def told(row) -> list[tuple]:
    """Return what came of the trials, without the time they took."""
    names = ("number", "parameters", "state", "value", "curve", "reason")
    return [tuple(getattr(each, name) for name in names) for each in row.trials.all()]


def ended(owner: Actor) -> dict[str, str]:
    """Return the id of a study that has ended."""
    own = {"organisation": owner.organisation}
    rows = {"version": "", "split": None, "part": "", "words": "rows"}
    asked = {
        "training": {"dataset": rows, "validation": None, "target": "y"},
        "space": {"fit.batch_size": {"type": "categorical", "choices": [16, 64]}},
        "metric": "loss",
        "direction": "minimize",
        "trials": 1,
        "budget_s": 60,
        "pruner": "none",
        "sampler": "tpe",
        "seed": 0,
    }
    best = {"number": 0, "value": 0.5, "parameters": {"fit.batch_size": 16}}
    row = Study.objects.create(**own, name="own", asked=asked, best=best)
    Trial.objects.create(**own, study=row, **best, state="complete", curve=[0.7, 0.5], seconds=1.0)
    return {"study_id": str(row.pk)}
