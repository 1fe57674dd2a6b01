"""A study from the request to the version of its best trial."""

import pytest

from ml.common.progress import TrainingStoppedError
from platform_core.accounts.api import Role
from platform_core.errors import PermissionDeniedError
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from platform_core.training.errors import TrainingInputError
from platform_core.tuning import selectors
from platform_core.tuning.engine.job import tune
from platform_core.tuning.errors import StudyBusyError, StudyInputError, StudyNotFoundError
from tests import factories
from tests.apps.recommendation.conftest import InPlaceContext
from tests.platform_core.tuning.conftest import SPACE, requested, run, told

pytestmark = pytest.mark.django_db


def test_a_study_ends_in_a_version_of_the_best_trial(actor, dataset, held_out):
    row = requested(actor, trials=8)
    job = run(actor, row)
    assert job.state == jobs.JobState.SUCCEEDED, job.error
    row = selectors.get_study(actor=actor, study_id=row.pk)
    assert row.complete + row.pruned == 8
    values = {each.number: each.value for each in row.trials.filter(state="complete")}
    assert row.best["value"] == min(values.values()) == values[row.best["number"]]
    assert set(row.importance) == set(SPACE)

    version = registry.get_version(actor=actor, model_name="line", number=row.training.version)
    assert version.metrics["val_loss"] == pytest.approx(row.best["value"], rel=1e-6)
    assert version.parameters["origin"] == {"study": str(row.pk), "trial": row.best["number"]}
    chosen = row.best["parameters"]
    assert version.parameters["fit"]["batch_size"] == chosen["fit.batch_size"]
    dense = version.parameters["model"]["config"]["layers"][1]["config"]
    assert dense["units"] == chosen["layers.0.units"]

    run(actor, row)  # an attempt after one that was killed once it had asked for the training
    assert row.trials.count() == 8
    assert registry.get_model(actor=actor, name="line").versions.count() == 1


def test_a_study_that_was_killed_goes_on_as_if_it_had_not_been(actor, dataset, held_out):
    whole = requested(actor, "whole", trials=6)
    run(actor, whole)
    cut = requested(actor, "cut", trials=6)
    with pytest.raises(KeyboardInterrupt):
        tune(_Killed(cut.job_id, actor.organisation, actor, {"study": str(cut.pk)}))
    assert cut.trials.count() == 3
    run(actor, cut)
    assert told(cut) == told(whole)
    assert cut.best == whole.best


class _Killed(InPlaceContext):
    """A job whose process is killed in its fourth trial."""

    def update(self, fraction, message=""):
        if message.startswith("Trial 4"):
            raise KeyboardInterrupt


def test_cancelling_keeps_what_was_found(actor, dataset, held_out):
    row = requested(actor)
    context = _Cancelled(row.job_id, actor.organisation, actor, {"study": str(row.pk)})
    with pytest.raises(TrainingStoppedError):
        tune(context)
    row.refresh_from_db()
    assert row.trials.count() == 2
    assert row.best["value"] is not None
    assert row.training is None


class _Cancelled(InPlaceContext):
    """A job that is cancelled in its third trial."""

    stop = False

    def update(self, fraction, message=""):
        self.stop = self.stop or message.startswith("Trial 3")

    def should_stop(self):
        return self.stop


def test_trials_that_cannot_be_carried_out_do_not_end_the_study(actor, dataset, held_out):
    space = {"layers.1.units": {"type": "categorical", "choices": [1, 100_000_000]}}
    row = requested(actor, space=space, sampler="random", trials=6)
    assert run(actor, row).state == jobs.JobState.SUCCEEDED
    states = {each.parameters["layers.1.units"]: each for each in row.trials.all()}
    assert states[1].state == "complete"
    assert states[100_000_000].state == "failed"
    assert "weights" in states[100_000_000].reason


def test_a_study_without_a_value_fails_with_the_reason(actor, dataset, held_out):
    space = {"layers.1.units": {"type": "int", "low": 90_000_000, "high": 100_000_000}}
    row = requested(actor, space=space, trials=2)
    job = run(actor, row)
    assert job.state == jobs.JobState.FAILED
    assert "None of 2 trials" in job.error["detail"]
    assert "weights" in job.error["detail"]
    assert row.training is None


def test_a_metric_that_is_not_measured_ends_the_study_with_those_that_are(actor, dataset, held_out):
    job = run(actor, requested(actor, metric="val_auc"))
    assert job.state == jobs.JobState.FAILED
    assert "val_auc" in job.error["detail"]
    assert "val_loss" in job.error["remedy"]


@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"space": {}}, "0 parameters", "space"),
        ({"space": {"fit.seed": SPACE["fit.batch_size"]}}, "no setting of `fit`", "space.fit.seed"),
        ({"trials": 201}, "201", "trials"),
        ({"budget_s": 0}, "0", "budget_s"),
        ({"sampler": "grid"}, "grid", "sampler"),
        ({"training": {"fit": {"epochs": 9000}}, "trials": 20}, "20 trials", "trials"),
        ({"training": {"validation": None}, "metric": "val_loss"}, "holds none out", "metric"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_at_once(
    actor, dataset, held_out, changes, words, field
):
    with pytest.raises(StudyInputError, match=words) as caught:
        requested(actor, **changes)
    assert caught.value.extra["field"] == field
    assert caught.value.remedy


def test_a_training_that_does_not_fit_is_refused_as_a_training_is(actor, dataset, held_out):
    with pytest.raises(TrainingInputError):
        requested(actor, training={"target": "z"})


def test_one_study_of_a_name_runs_at_a_time(actor, dataset, held_out):
    first = requested(actor)
    with pytest.raises(StudyBusyError) as caught:
        requested(actor)
    assert caught.value.extra["study"] == str(first.pk)


def test_others_neither_see_nor_start_studies(actor, dataset, held_out):
    row = requested(actor)
    with pytest.raises(StudyNotFoundError):
        selectors.get_study(actor=factories.actor(), study_id=row.pk)
    viewer = factories.actor(actor.organisation, Role.VIEWER)
    with pytest.raises(PermissionDeniedError):
        requested(viewer, name="other")
