"""Creating, retraining and deleting recommenders, and everything a request may get wrong."""

import pytest

from apps.recommendation import errors, selectors, services
from apps.recommendation.models import Event, Recommender
from platform_core.accounts.api import Actor, Role
from platform_core.audit import api as audit
from platform_core.datasets import api as datasets
from platform_core.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from platform_core.jobs import api as jobs
from tests.apps.recommendation.conftest import COLUMNS, spec, upload


def test_creating_queues_one_training(actor: Actor, dataset: datasets.Dataset):
    created = services.create_recommender(actor=actor, spec=spec(dataset, name="films"))
    job = jobs.get_job(actor=actor, job_id=created.job_id)
    assert (created.state, job.kind, job.subject) == ("training", "recommendation.train", "films")
    assert job.params["user_column"] == "user"
    assert job.params["params"]["factors"] == 4
    assert "rating_column" not in job.params


def test_creating_leaves_an_audit_entry(actor: Actor, recommender: Recommender):
    actions = audit.entries(actor=actor).values_list("action", flat=True)
    assert "recommender.created" in list(actions)


@pytest.mark.parametrize("name", ["", "Films", "-films", "a b", "films\n", "x" * 64, "фильмы"])
def test_a_malformed_name_is_refused(actor: Actor, dataset: datasets.Dataset, name: str):
    with pytest.raises(InvalidInputError) as refused:
        services.create_recommender(actor=actor, spec=spec(dataset, name=name))
    assert refused.value.extra["field"] == "name"


def test_a_taken_name_is_refused(actor: Actor, dataset: datasets.Dataset, recommender: Recommender):
    with pytest.raises(errors.RecommenderExistsError):
        services.create_recommender(actor=actor, spec=spec(dataset, name=recommender.name))


def test_two_organisations_may_use_the_same_name(stranger: Actor, recommender: Recommender):
    theirs = upload(stranger, "user,item\na,b\n")
    created = services.create_recommender(actor=stranger, spec=spec(theirs, name=recommender.name))
    assert created.pk != recommender.pk


def test_an_unknown_column_is_refused_with_the_nearest_one(actor: Actor, dataset: datasets.Dataset):
    columns = {**COLUMNS, "user": "usr"}
    with pytest.raises(errors.ColumnUnknownError) as refused:
        services.create_recommender(actor=actor, spec=spec(dataset, columns=columns))
    assert "'user'" in refused.value.remedy
    assert refused.value.extra["field"] == "user_column"


def test_one_column_for_two_things_is_refused(actor: Actor, dataset: datasets.Dataset):
    columns = {**COLUMNS, "item": "user"}
    with pytest.raises(InvalidInputError, match="two things"):
        services.create_recommender(actor=actor, spec=spec(dataset, columns=columns))


def test_ratings_that_are_words_are_refused(actor: Actor, dataset: datasets.Dataset):
    columns = {**COLUMNS, "rating": "comment"}
    with pytest.raises(errors.TrainingDataError, match="not numbers"):
        services.create_recommender(actor=actor, spec=spec(dataset, columns=columns))


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"factors": 0}, "factors"),
        ({"factors": 10**9}, "factors"),
        ({"factors": "many"}, "factors"),
        ({"factor": 8}, "factor"),
        ({"model": "magic"}, "model"),
        ({"budget_s": -1}, "budget_s"),
        ({"regularisation": float("nan")}, "regularisation"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(
    actor: Actor, dataset: datasets.Dataset, params: dict, field: str
):
    with pytest.raises(InvalidInputError) as refused:
        services.create_recommender(actor=actor, spec=spec(dataset, params=params))
    assert refused.value.extra["field"] == field


def test_a_data_set_still_ingesting_is_refused(actor: Actor):
    waiting = datasets.Dataset.objects.create(organisation=actor.organisation, name="waiting")
    with pytest.raises(datasets.DatasetNotReadyError):
        services.create_recommender(actor=actor, spec=spec(waiting))


def test_a_file_without_rows_gives_no_recommender(actor: Actor):
    empty = upload(actor, "user,item\n")
    with pytest.raises((errors.TrainingDataError, datasets.DatasetNotReadyError)):
        services.create_recommender(actor=actor, spec=spec(empty))


def test_nothing_is_left_of_a_refused_request(actor: Actor, dataset: datasets.Dataset):
    with pytest.raises(InvalidInputError):
        services.create_recommender(actor=actor, spec=spec(dataset, params={"factors": 0}))
    assert not Recommender.objects.exists()
    assert not jobs.jobs(actor=actor).filter(kind="recommendation.train").exists()


def test_feature_tables_are_kept_with_their_version(actor: Actor, dataset: datasets.Dataset):
    items = upload(actor, "id,title\ni01,Alien\ni02,Brazil\n")
    table = services.FeatureTable(dataset=items.name, id_column="id")
    created = services.create_recommender(actor=actor, spec=spec(dataset, items=table))
    version = datasets.current_version(dataset=items)
    assert created.items == {
        "dataset": str(items.pk),
        "dataset_version": str(version.pk),
        "id_column": "id",
    }


def test_an_unknown_id_column_of_a_feature_table_is_refused(
    actor: Actor, dataset: datasets.Dataset
):
    table = services.FeatureTable(dataset=str(dataset.pk), id_column="sku")
    with pytest.raises(errors.ColumnUnknownError) as refused:
        services.create_recommender(actor=actor, spec=spec(dataset, items=table))
    assert refused.value.extra["field"] == "items.id_column"


def test_another_organisations_data_set_does_not_exist(stranger: Actor, dataset: datasets.Dataset):
    with pytest.raises(NotFoundError):
        services.create_recommender(actor=stranger, spec=spec(dataset))


def test_a_viewer_may_not_train(member, dataset: datasets.Dataset):
    with pytest.raises(PermissionDeniedError):
        services.create_recommender(actor=member(Role.VIEWER), spec=spec(dataset))


def test_retraining_waits_for_the_running_one(actor: Actor, recommender: Recommender):
    with pytest.raises(errors.RecommenderBusyError) as refused:
        services.retrain(actor=actor, name=recommender.name)
    assert refused.value.extra["job"] == str(recommender.job_id)


def test_retraining_after_a_failure_queues_a_new_job_with_the_changes(
    actor: Actor, recommender: Recommender
):
    jobs.Job.objects.filter(pk=recommender.job_id).update(state="failed")
    again = services.retrain(actor=actor, name=recommender.name, changes={"factors": 8})
    assert again.job_id != recommender.job_id
    assert again.state == "training"
    assert again.params["factors"] == 8


def test_another_organisation_cannot_retrain_or_delete(stranger: Actor, recommender: Recommender):
    with pytest.raises(errors.RecommenderNotFoundError):
        services.retrain(actor=stranger, name=recommender.name)
    with pytest.raises(errors.RecommenderNotFoundError):
        services.delete_recommender(actor=stranger, name=recommender.name)


def test_deleting_cancels_the_training_and_takes_the_events_along(
    actor: Actor, recommender: Recommender
):
    event = services.NewEvent(user="a", item="b")
    services.record_events(actor=actor, name=recommender.name, events=[event])
    services.delete_recommender(actor=actor, name=recommender.name)
    assert jobs.get_job(actor=actor, job_id=recommender.job_id).state == "cancelled"
    assert not Event.objects.exists()
    with pytest.raises(errors.RecommenderNotFoundError):
        selectors.get_recommender(actor=actor, name=recommender.name)
