"""A training from the request to a version that answers."""

import numpy as np
import pytest

from ml.runtime.loading import load
from platform_core.datasets import api as datasets
from platform_core.errors import PermissionDeniedError
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.training import selectors
from platform_core.training.engine.predicting import predict
from platform_core.training.errors import (
    TrainingBusyError,
    TrainingInputError,
    TrainingNotFoundError,
    TrainingUnfinishedError,
)
from platform_core.training.params import Source
from platform_core.training.services import asking, request_prediction, request_training
from tests import factories
from tests.apps.recommendation.conftest import run_job, upload
from tests.ml.training import models
from tests.platform_core.training.conftest import run, spec, table, trained

pytestmark = pytest.mark.django_db


def test_a_training_ends_in_a_signed_version_that_answers(actor, dataset):
    row = trained(actor)
    assert row.version == 1
    assert len(row.history["loss"]) == len(row.history["mae"]) == 2
    version = registry.get_version(actor=actor, model_name="taste", number=1)
    assert version.metrics["mae"] == row.figures["mae"]
    assert version.parameters["target"] == "rating"
    assert [str(each) for each in version.dataset_versions] == [
        str(dataset.versions.get(number=1).pk)
    ]
    assert registry.aliases(actor=actor, model=version.model)["champion"].number == 1
    assert serving.get_endpoint(actor=actor, name="taste").model_name == "taste"
    bundle = registry.open_bundle(version=version)
    assert set(bundle.files) == {"model.onnx", "model.keras"}
    answer = load(bundle, {}).predict({"inputs": np.array([[1, 2]])}, {})
    assert next(iter(answer.values())).shape == (1, 1)

    again = trained(actor, fit={"epochs": 1})
    assert again.version == 2
    assert registry.aliases(actor=actor, model=version.model)["champion"].number == 1

    number = again.version
    run(actor, again)  # an attempt after one that was killed once it had registered
    assert again.version == number
    assert version.model.versions.count() == 2


def test_the_last_column_is_the_target_and_that_is_said(actor, dataset):
    row = request_training(actor=actor, spec=spec())
    assert row.asked["target"] == "rating"
    assert row.asked["columns"] == ["user", "item"]
    assert "“rating”, the last column" in row.notes[0]
    assert request_training(actor=actor, spec=spec(name="b", target="rating")).notes == []


def test_parts_of_a_split_are_learned_from_measured_and_predicted(actor, dataset):
    split = datasets.create_split(
        actor=actor,
        version=datasets.current_version(dataset=dataset),
        spec=datasets.SplitSpec("random", {"train": 0.8, "test": 0.2}),
    )
    from platform_core.datasets.engine import fix_split  # noqa: PLC0415

    fixed = run_job(actor, jobs.get_job(actor=actor, job_id=split.job_id), fix_split)
    assert fixed.state == jobs.JobState.SUCCEEDED, fixed.error
    split.refresh_from_db()
    train, test = (Source("ratings", split=split.pk, part=part) for part in ("train", "test"))
    row = trained(actor, dataset=train, validation=test)
    assert len(row.history["val_mae"]) == 2

    asked = request_prediction(actor=actor, training=row, source=test, measure=True)
    with pytest.raises(TrainingUnfinishedError):
        asking.values_of(actor=actor, row=asked)
    job = run_job(actor, jobs.get_job(actor=actor, job_id=asked.job_id), predict)
    assert job.state == jobs.JobState.SUCCEEDED, job.error
    asked.refresh_from_db()
    values = np.frombuffer(b"".join(asking.values_of(actor=actor, row=asked)), "<f4")
    assert asked.shape == [len(values), 1]
    truth = datasets.read_table(
        version=split.version,
        columns=["rating"],
        split=datasets.split_part(split=split, name="test"),
    )
    error = np.abs(values - truth.column("rating").to_numpy()).mean()
    assert asked.figures["mae"] == pytest.approx(error, rel=1e-4)
    assert asked.figures["mae"] == pytest.approx(row.figures["val_mae"], rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"name": "Not a name"}, "not a name", "name"),
        ({"target": "stars"}, "no column “stars”", "inputs"),
        ({"inputs": {"inputs": ["user", "film"]}}, "no column “film”", "inputs"),
        ({"inputs": {"inputs": ["user", "rating"]}}, "target and one of the inputs", "inputs"),
        ({"fit": {"epochs": 0}}, "epochs", "fit"),
        ({"compile": {"loss": "mine"}}, "no loss known", "compile"),
        ({"model": {"class_name": "os", "config": {}}}, "no model", "model"),
        ({"dataset": Source("ratings", part="train")}, "belong together", "dataset"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_at_once(actor, dataset, changes, words, field):
    with pytest.raises(TrainingInputError, match=words) as caught:
        request_training(actor=actor, spec=spec(**changes))
    assert caught.value.extra["field"] == field


def test_text_columns_are_refused_by_name(actor):
    upload(actor, "title,a,y\nx,1,2\nz,3,4\n", name="ratings")
    with pytest.raises(TrainingInputError, match="“title” holds string") as caught:
        request_training(actor=actor, spec=spec())
    assert caught.value.remedy.endswith("a, y")


def test_an_id_beyond_the_embedding_fails_the_job_with_words(actor):
    columns = models.ratings(rows=50)
    upload(actor, table(columns | {"item": columns["item"] + 100}), name="ratings")
    row = request_training(actor=actor, spec=spec())
    job = run(actor, row)
    assert job.state == jobs.JobState.FAILED
    assert "the embedding “embedding" in job.error["detail"]
    assert "input_dim" in job.error["remedy"]
    assert row.version is None


def test_a_second_training_of_the_name_follows_the_first(actor, dataset):
    first = request_training(actor=actor, spec=spec())
    with pytest.raises(TrainingBusyError) as caught:
        request_training(actor=actor, spec=spec())
    assert caught.value.extra["training"] == str(first.pk)
    assert caught.value.extra["same"] is True
    with pytest.raises(TrainingBusyError) as caught:
        request_training(actor=actor, spec=spec(fit={"epochs": 9}))
    assert caught.value.extra["same"] is False


def test_another_organisation_sees_nothing_of_it(actor, dataset):
    row = request_training(actor=actor, spec=spec())
    other = factories.actor()
    with pytest.raises(TrainingNotFoundError):
        selectors.get_training(actor=other, training_id=row.pk)
    with pytest.raises(datasets.DatasetNotFoundError):
        request_training(actor=other, spec=spec(dataset=Source(str(dataset.pk))))


def test_a_viewer_may_not_train(actor, dataset):
    from platform_core.accounts.api import Role  # noqa: PLC0415

    viewer = factories.actor(actor.organisation, Role.VIEWER)
    with pytest.raises(PermissionDeniedError):
        request_training(actor=viewer, spec=spec())


def test_only_the_latest_answers_are_kept(actor, dataset, monkeypatch):
    row = request_training(actor=actor, spec=spec())
    row.version = 1
    row.save()
    monkeypatch.setattr(asking, "KEPT", 2)
    made = [
        request_prediction(actor=actor, training=row, source=Source("ratings")) for _ in range(3)
    ]
    assert set(row.predictions.values_list("pk", flat=True)) == {made[1].pk, made[2].pk}
