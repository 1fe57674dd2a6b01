"""Pages: what they show, what they refuse, and that another organisation sees nothing."""

import io
from collections.abc import Callable

import pytest
from django.test import Client

from apps.recommendation import selectors, services
from apps.recommendation.models import Recommender
from platform_core.accounts.api import Actor, Role
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from tests.apps.recommendation.conftest import train_now, upload

ROOT = "/recommendation/"
TABS = ["", "data/", "train/", "models/", "try/", "evaluate/", "api/"]
ABOUT_ONE = ["models/", "try/", "evaluate/", "api/"]


@pytest.fixture
def client(page_client: Callable[[Actor], Client], actor: Actor) -> Client:
    return page_client(actor)


def form(dataset: datasets.Dataset, **changes: str) -> dict[str, str]:
    fields = {
        "name": "films",
        "dataset": str(dataset.pk),
        "user_column": "user",
        "item_column": "item",
        "param_model": "als",
        "param_factors": "4",
    }
    return {**fields, **changes}


@pytest.mark.parametrize("path", TABS)
def test_every_tab_has_an_empty_state(client: Client, path: str):
    page = client.get(ROOT + path)
    assert page.status_code == 200
    assert "/recommendation/train/" in page.content.decode()


@pytest.mark.parametrize("path", TABS)
def test_every_tab_is_shown_while_a_data_set_is_read(client: Client, actor: Actor, path: str):
    sent = datasets.upload_bytes(actor=actor, filename="a.csv", stream=io.BytesIO(b"a,b\n1,2\n"))
    datasets.create_dataset(actor=actor, name="waiting", uploads=[sent])
    assert client.get(ROOT + path).status_code == 200


@pytest.mark.parametrize("path", TABS)
def test_every_tab_shows_a_recommender_in_training(
    client: Client, recommender: Recommender, path: str
):
    assert client.get(ROOT + path).status_code == 200


@pytest.mark.parametrize("path", TABS)
def test_every_tab_shows_a_trained_recommender_while_no_runtime_answers(
    client: Client, trained: Recommender, path: str
):
    assert client.get(ROOT + path).status_code == 200


def test_the_overview_shows_quality_beside_popularity(client: Client, trained: Recommender):
    page = client.get(ROOT)
    assert trained.name in page.content.decode()
    (row,) = page.context["rows"]
    assert row[1].gain > 0


def test_choosing_a_data_set_brings_its_columns_with_a_guess(
    client: Client, dataset: datasets.Dataset
):
    page = client.get(f"{ROOT}train/columns/", {"dataset": str(dataset.pk)}).content.decode()
    assert '<option value="user" selected>' in page
    assert '<option value="rating" selected>' in page
    assert "<html" not in page


def test_a_correction_survives_choosing_an_item_table(client: Client, dataset: datasets.Dataset):
    query = {
        "dataset": str(dataset.pk),
        "items_dataset": str(dataset.pk),
        "user_column": "comment",
    }
    page = client.get(f"{ROOT}train/columns/", query).content.decode()
    assert '<option value="comment" selected>' in page


def test_the_form_starts_a_training_and_goes_where_it_can_be_watched(
    client: Client, actor: Actor, dataset: datasets.Dataset
):
    answer = client.post(f"{ROOT}train/", form(dataset))
    assert (answer.status_code, answer["Location"]) == (302, "/recommendation/train/films/")
    made = selectors.get_recommender(actor=actor, name="films")
    assert (made.state, made.params["factors"]) == ("training", 4)
    watched = client.get(answer["Location"]).content.decode()
    assert f"/jobs/{made.job_id}/card/" in watched


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "No Spaces"}, "name"),
        ({"name": ""}, "name"),
        ({"user_column": ""}, "user_column"),
        ({"rating_column": "comment"}, "rating_column"),
        ({"item_column": "user"}, "user_column"),
        ({"param_factors": "100000"}, "param_factors"),
        ({"param_factors": "many"}, "param_factors"),
    ],
)
def test_a_mistake_is_shown_beside_its_field_and_the_rest_is_kept(
    client: Client, dataset: datasets.Dataset, changes: dict, field: str
):
    page = client.post(f"{ROOT}train/", form(dataset, **changes))
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert page.context["form"].data["dataset"] == str(dataset.pk)
    assert not Recommender.objects.exists()


def test_a_taken_name_is_shown_beside_the_name(
    client: Client, dataset: datasets.Dataset, recommender: Recommender
):
    page = client.post(f"{ROOT}train/", form(dataset, name=recommender.name))
    assert "taken" in str(page.context["form"].errors["name"])


def test_a_finished_training_says_what_came_of_it(client: Client, trained: Recommender):
    page = client.get(f"{ROOT}train/{trained.name}/").content.decode()
    assert "Version 1 answers now." in page


def test_a_failed_training_shows_its_words_and_offers_another(client: Client, actor: Actor):
    alone = upload(actor, "user,item,rating\nann,i1,\nann,i2,\n")
    client.post(f"{ROOT}train/", form(alone))
    made = selectors.get_recommender(actor=actor, name="films")
    job = train_now(actor, made)
    assert job.state == jobs.JobState.FAILED
    for path in ("train/films/", "models/"):
        page = client.get(ROOT + path).content.decode()
        assert job.error["detail"][:30] in page


def test_versions_are_compared_promoted_and_rolled_back(
    client: Client, actor: Actor, trained: Recommender
):
    name = trained.name
    assert client.post(f"{ROOT}models/{name}/retrain/").status_code == 302
    train_now(actor, selectors.get_recommender(actor=actor, name=name))
    compared = client.get(f"{ROOT}models/", {"recommender": name, "compare": ["1", "2"]})
    assert compared.context["comparison"]["columns"] == ["Version 2", "Version 1"]
    assert selectors.get_recommender(actor=actor, name=name).serving_version == 1
    client.post(f"{ROOT}models/{name}/promote/", {"version": "2"})
    assert selectors.get_recommender(actor=actor, name=name).serving_version == 2
    client.post(f"{ROOT}models/{name}/roll-back/")
    assert selectors.get_recommender(actor=actor, name=name).serving_version == 1


@pytest.mark.parametrize("version", ["", "x", "9", "-1", "²", "99999999999999999999"])
def test_promoting_what_is_not_there_is_refused(client: Client, trained: Recommender, version: str):
    answer = client.post(f"{ROOT}models/{trained.name}/promote/", {"version": version})
    assert answer.status_code in (400, 404)


def test_deleting_asks_for_the_name(client: Client, recommender: Recommender):
    path = f"{ROOT}models/{recommender.name}/delete/"
    assert client.post(path, {"confirm_name": "another"}).status_code == 400
    assert Recommender.objects.exists()
    assert client.post(path, {"confirm_name": recommender.name}).status_code == 302
    assert not Recommender.objects.exists()


def test_the_samples_carry_the_callers_own_names(client: Client, recommender: Recommender):
    page = client.get(f"{ROOT}api/").content.decode()
    assert f"/recommenders/{recommender.name}/users/USER_1/recommendations" in page


@pytest.mark.parametrize("path", ABOUT_ONE)
def test_another_organisations_recommender_does_not_exist(
    page_client: Callable[[Actor], Client], stranger: Actor, recommender: Recommender, path: str
):
    page = page_client(stranger).get(ROOT + path, {"recommender": recommender.name})
    assert page.status_code == 404


@pytest.mark.parametrize("path", ["promote", "roll-back", "retrain", "delete"])
def test_another_organisation_can_change_nothing(
    page_client: Callable[[Actor], Client], stranger: Actor, trained: Recommender, path: str
):
    sent = {"version": "1", "confirm_name": trained.name}
    answer = page_client(stranger).post(f"{ROOT}models/{trained.name}/{path}/", sent)
    assert answer.status_code == 404


def test_another_organisations_data_set_has_no_columns(
    page_client: Callable[[Actor], Client], stranger: Actor, dataset: datasets.Dataset
):
    page = page_client(stranger).get(f"{ROOT}train/columns/", {"dataset": str(dataset.pk)})
    assert page.status_code == 404


def test_a_viewer_sees_no_way_to_change_anything(
    page_client: Callable[[Actor], Client], member, trained: Recommender
):
    viewer = page_client(member(Role.VIEWER))
    page = viewer.get(f"{ROOT}models/").content.decode()
    assert "Retrain" not in page
    assert "Delete" not in page
    assert viewer.get(f"{ROOT}train/").status_code == 403


def test_search_finds_a_recommender_of_ones_own(
    actor: Actor, stranger: Actor, recommender: Recommender
):
    from apps.recommendation.views import finding  # noqa: PLC0415

    (hit,) = finding.recommenders(actor, recommender.name[:4].upper())
    assert hit.href.endswith(f"?recommender={recommender.name}")
    assert finding.recommenders(stranger, recommender.name) == []


def test_the_navigation_leads_here(client: Client):
    assert client.get(ROOT).context["applications"]


def test_the_registry_holds_what_the_training_made(actor: Actor, trained: Recommender):
    version = registry.get_version(actor=actor, model_name=trained.name, number=1)
    assert version.model.application == "recommendation"
    assert services.MAX_USERS == 1000
