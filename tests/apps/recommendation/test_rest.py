"""The REST routes: shapes, refusals, permissions, other organisations."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from apps.recommendation import services
from apps.recommendation.models import Event, Recommender
from platform_core.accounts.api import Actor, Role
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs

ROOT = "/api/v1/recommendation/recommenders/"
RestClient = Callable[..., APIClient]


@pytest.fixture
def rest(rest_client: RestClient, actor: Actor) -> APIClient:
    return rest_client(actor)


def body(dataset: datasets.Dataset, /, **changes: object) -> dict:
    fields = {
        "name": "films",
        "dataset": str(dataset.pk),
        "user_column": "user",
        "item_column": "item",
        "seed": 3,
    }
    return {**fields, **changes}


def address(recommender: Recommender, rest_of_path: str = "") -> str:
    return f"{ROOT}{recommender.name}/{rest_of_path}"


def test_creating_is_accepted_with_name_and_job(rest: APIClient, dataset: datasets.Dataset):
    answer = rest.post(ROOT, body(dataset))
    assert answer.status_code == 202
    job = jobs.Job.objects.get(pk=answer.json()["job"])
    assert answer.json()["name"] == "films"
    assert job.params["params"]["seed"] == 3


def test_a_data_set_may_be_named_by_its_name(rest: APIClient, dataset: datasets.Dataset):
    assert rest.post(ROOT, body(dataset, dataset=dataset.name)).status_code == 202


def test_parameters_may_be_given_beside_params(rest: APIClient, dataset: datasets.Dataset):
    changes = {"model": "als", "budget_s": 60, "params": {"factors": 16}}
    answer = rest.post(ROOT, body(dataset, **changes))
    params = jobs.Job.objects.get(pk=answer.json()["job"]).params["params"]
    assert (params["model"], params["budget_s"], params["factors"]) == ("als", 60, 16)


def test_the_same_idempotency_key_creates_once(rest: APIClient, dataset: datasets.Dataset):
    first = rest.post(ROOT, body(dataset), headers={"Idempotency-Key": "k-1"})
    second = rest.post(ROOT, body(dataset), headers={"Idempotency-Key": "k-1"})
    assert first.json() == second.json()
    assert Recommender.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"user_column": "usr"}, 400, "no column 'usr'"),
        ({"item_column": ""}, 400, "item_column"),
        ({"rating_colum": "rating"}, 400, "rating_colum"),
        ({"dataset": "nowhere"}, 404, "nowhere"),
        ({"name": "No Spaces"}, 400, "name"),
        ({"params": {"factors": 10**9}}, 400, "factors"),
        ({"model": "magic"}, 400, "magic"),
        ({"seed": -1}, 400, "seed"),
        ({"items": {"dataset": "x"}}, 400, "id_column"),
    ],
)
def test_a_wrong_request_is_a_problem_document_that_says_where(
    rest: APIClient, dataset: datasets.Dataset, changes: dict, status: int, words: str
):
    answer = rest.post(ROOT, body(dataset, **changes))
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert words in answer.content.decode()


def test_the_list_and_the_detail_tell_the_state(rest: APIClient, recommender: Recommender):
    (listed,) = rest.get(ROOT).json()["results"]
    assert (listed["name"], listed["state"]) == (recommender.name, "training")
    detail = rest.get(address(recommender)).json()
    assert detail["state"] == "training"
    assert detail["versions"] == []
    assert detail["training"]["state"] == "queued"
    assert detail["training"]["url"] == f"/api/v1/jobs/{recommender.job_id}/"


def test_a_trained_recommender_shows_versions_and_metrics(rest: APIClient, trained: Recommender):
    detail = rest.get(address(trained)).json()
    assert (detail["state"], detail["serving_version"]) == ("ready", 1)
    assert detail["metrics"]["hr@10"] >= 0
    assert detail["versions"][0]["aliases"] == ["champion"]


PREDICTIONS = [
    ("GET", "users/u001/recommendations", None),
    ("POST", "recommendations:batch", {"users": ["u001"]}),
    ("POST", "score", {"user": "u001", "items": ["i01"]}),
    ("GET", "items/i01/similar", None),
]


@pytest.mark.parametrize(("method", "path", "sent"), PREDICTIONS)
def test_while_it_trains_the_answer_is_a_conflict_with_the_job(
    rest: APIClient, recommender: Recommender, method: str, path: str, sent: dict | None
):
    answer = (
        rest.generic(method, address(recommender, path))
        if sent is None
        else rest.post(address(recommender, path), sent)
    )
    assert answer.status_code == 409
    assert answer.json()["job"] == str(recommender.job_id)
    assert "training" in answer.json()["detail"]


def test_after_a_failed_training_the_answer_repeats_its_words(
    rest: APIClient, recommender: Recommender
):
    error = {"title": "No", "detail": "All ratings are NaN.", "remedy": "Mend them."}
    jobs.Job.objects.filter(pk=recommender.job_id).update(state="failed", error=error)
    answer = rest.get(address(recommender, "users/u001/recommendations"))
    assert answer.status_code == 409
    assert "All ratings are NaN." in answer.json()["detail"]
    assert answer.json()["remedy"] == "Mend them."


def test_without_a_runtime_the_answer_says_so(rest: APIClient, trained: Recommender):
    answer = rest.get(address(trained, "users/u001/recommendations"))
    assert answer.status_code == 503


@pytest.mark.parametrize("k", ["0", "-1", "1001", "1000000000", "ten", "1.5", ""])
def test_k_out_of_bounds_is_refused(rest: APIClient, trained: Recommender, k: str):
    for path in ("users/u001/recommendations", "items/i01/similar"):
        answer = rest.get(address(trained, path), {"k": k})
        assert answer.status_code == 400
        assert "k" in answer.content.decode()


OPTIONS = {
    "filter": '{"genres": ["Drama"], "year": {"gte": 1990}}',
    "diversity": "0.5",
    "explain": "true",
    "include": '["i01", "i02"]',
    "exclude": ["i03", "i04"],
    "rules": '[{"action": "pin", "items": ["i05"]}]',
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_is_understood(rest: APIClient, trained: Recommender, name: str):
    answer = rest.get(address(trained, "users/u001/recommendations"), {name: OPTIONS[name]})
    assert answer.status_code == 503  # what is missing is the runtime


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"filter": "genre=horror"}, "an object, written as JSON"),
        ({"filter": "[1]"}, "an object, written as JSON"),
        ({"diversity": "1.5"}, "0 to 1 is allowed"),
        ({"diversity": "nan"}, "diversity"),
        ({"rules": "{}"}, "a list, written as JSON"),
        ({"include": ["x" * 2000, "y"]}, "2000 bytes"),
        ({"filter": '{"a": "' + "x" * 70_000 + '"}'}, "bytes long"),
    ],
)
def test_a_malformed_option_is_refused_in_words(
    rest: APIClient, trained: Recommender, option: dict, words: str
):
    answer = rest.get(address(trained, "users/u001/recommendations"), option)
    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"users": []}, "0 users"),
        ({"users": ["u"] * 1001}, "1001 users"),
        ({"users": ["u"] * 1000, "k": 1000}, "200000 rows"),
        ({"users": ["x" * 10_240]}, "10240 bytes"),
        ({"users": "u001"}, "users"),
        ({}, "users"),
        ({"users": ["u"], "top": 3}, "top"),
    ],
)
def test_a_batch_out_of_bounds_is_refused(
    rest: APIClient, trained: Recommender, sent: dict, words: str
):
    answer = rest.post(address(trained, "recommendations:batch"), sent)
    assert answer.status_code == 400
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    "sent", [{"user": "u001"}, {"user": "u001", "items": []}, {"items": ["a"]}]
)
def test_a_score_request_needs_user_and_items(rest: APIClient, trained: Recommender, sent: dict):
    assert rest.post(address(trained, "score"), sent).status_code == 400


@pytest.mark.parametrize(
    "user", ["a/b", "a//b", "100%", "?x=1&y#z", "用户", "a\nb", "x/recommendations"]
)
def test_any_id_fits_into_the_path(rest: APIClient, recommender: Recommender, user: str):
    path = f"users/{quote(user, safe='')}/recommendations"
    assert rest.get(address(recommender, path)).status_code == 409


def test_one_event_or_many_are_recorded(rest: APIClient, recommender: Recommender):
    one = {"user": "ann", "item": "i01", "event_id": "e1", "kind": "click"}
    answer = rest.post(address(recommender, "events"), one)
    assert (answer.status_code, answer.json()) == (201, {"recorded": 1, "duplicates": 0})
    many = [one, {"user": "bob", "item": "i02", "occurred_at": "2026-01-01T10:00:00Z"}]
    answer = rest.post(address(recommender, "events"), many)
    assert answer.json() == {"recorded": 1, "duplicates": 1}
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    "sent", [[], {}, {"user": "a"}, [1], "text", {"user": "a", "item": "b", "sort": "x"}, [[]]]
)
def test_malformed_events_are_refused(rest: APIClient, recommender: Recommender, sent: object):
    answer = rest.post(address(recommender, "events"), sent)
    assert answer.status_code == 400
    assert not Event.objects.exists()


def test_retraining_while_training_is_a_conflict(rest: APIClient, recommender: Recommender):
    assert rest.post(address(recommender, "retrain/")).status_code == 409


def test_deleting_answers_without_content(rest: APIClient, recommender: Recommender):
    assert rest.delete(address(recommender)).status_code == 204
    assert rest.get(address(recommender)).status_code == 404


EVERYTHING = [
    *PREDICTIONS,
    ("GET", "", None),
    ("DELETE", "", None),
    ("POST", "retrain/", {}),
    ("POST", "events", {"user": "a", "item": "b"}),
]


@pytest.mark.parametrize(("method", "path", "sent"), EVERYTHING)
def test_another_organisation_finds_nothing(
    rest_client: RestClient, stranger: Actor, recommender: Recommender, method: str, path: str, sent
):
    call = getattr(rest_client(stranger), method.lower())
    answer = call(address(recommender, path), sent) if sent else call(address(recommender, path))
    assert answer.status_code == 404


def test_another_organisations_list_is_empty(
    rest_client: RestClient, stranger: Actor, recommender: Recommender
):
    assert rest_client(stranger).get(ROOT).json()["results"] == []


def test_without_a_key_nothing_is_answered(recommender: Recommender):
    assert APIClient().get(ROOT).status_code == 401


def test_a_key_for_predictions_may_predict_and_no_more(
    rest_client: RestClient, actor: Actor, recommender: Recommender
):
    narrow = rest_client(actor, "predict")
    assert narrow.get(address(recommender, "users/u1/recommendations")).status_code == 409
    assert narrow.post(address(recommender, "retrain/")).status_code == 403
    assert narrow.delete(address(recommender)).status_code == 403


def test_a_viewer_may_ask_and_not_write(rest_client: RestClient, member, recommender: Recommender):
    viewer = rest_client(member(Role.VIEWER))
    assert viewer.get(address(recommender)).status_code == 200
    event = {"user": "a", "item": "b"}
    assert viewer.post(address(recommender, "events"), event).status_code == 403


def test_the_interface_is_described(rest: APIClient):
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415

    schema = SchemaGenerator().get_schema(public=True)
    paths = {path for path in schema["paths"] if path.startswith("/api/v1/recommendation/")}
    assert f"{ROOT}{{name}}/users/{{user}}/recommendations" in paths
    assert {f"{ROOT}{{name}}/rules/{{rule_id}}/", f"{ROOT}{{name}}/items/{{item}}"} <= paths
    assert services.MAX_K == 1000
