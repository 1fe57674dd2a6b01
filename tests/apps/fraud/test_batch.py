"""Whole data sets scored: after the history, in order, downloadable, one's own."""

import csv

import pytest

from apps.fraud import errors, selectors
from apps.fraud.engine.batch import score
from apps.fraud.models import Detector
from apps.fraud.services import batches
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from tests.apps.fraud.conftest import STRANGE, upload
from tests.apps.recommendation.conftest import run_job

ROWS = (
    "id,time,customer,terminal,amount\n"
    "n1,2026-03-14T00:00:00Z,c1,t1,20\n"
    f"n2,2026-03-14T01:00:00Z,c1,t1,{STRANGE}\n"
)


def run(actor: Actor, scoring) -> jobs.Job:
    return run_job(actor, jobs.get_job(actor=actor, job_id=scoring.job_id), score)


def test_a_data_set_is_scored_and_can_be_read(actor: Actor, stranger: Actor, trained: Detector):
    asked = batches.request_scoring(
        actor=actor, name=trained.name, dataset=str(upload(actor, ROWS).pk), target="told"
    )
    with pytest.raises(errors.BatchNotFoundError):
        batches.read_scores(actor=actor, name=trained.name, batch_id=str(asked.pk))
    job = run(actor, asked)
    assert job.state == "succeeded", job.error
    read = {"actor": actor, "name": trained.name, "batch_id": str(asked.pk)}
    lines = b"".join(batches.read_scores(**read)).decode().splitlines()
    told = {row["id"]: float(row["score"]) for row in csv.DictReader(lines)}
    assert list(told) == ["n1", "n2"]
    assert told["n1"] < 0.2 < 0.5 < told["n2"]
    made = selectors.get_batch(actor=actor, detector=trained, batch_id=str(asked.pk))
    assert datasets.get_dataset(actor=actor, key=str(made.target_id)).name == "told"
    with pytest.raises(errors.DetectorNotFoundError):
        batches.read_scores(**{**read, "actor": stranger})
    run(actor, asked)  # an attempt that is repeated makes no second data set
    assert datasets.datasets(actor=actor).filter(name__startswith="told").count() == 1


def test_a_column_that_is_missing_is_named(actor: Actor, trained: Detector):
    other = upload(actor, "id,time,customer,amount\nn1,2026-03-14T00:00:00Z,c1,20\n")
    with pytest.raises(errors.ColumnUnknownError) as refused:
        batches.request_scoring(actor=actor, name=trained.name, dataset=str(other.pk))
    assert "terminal" in refused.value.detail
