import pytest

from platform_core.accounts.api import Role
from platform_core.serving import api as serving
from platform_core.serving.models import Endpoint
from tests.ml.runtime import sample_models

URL = "/api/v1/endpoints/"


@pytest.fixture
def model(actor, register):
    register(actor, "scaler", sample_models.scaler())
    return "scaler"


def test_an_endpoint_is_created_listed_shown_and_deleted(
    actor, rest_client, model, settings, tmp_path
):
    settings.RUNTIME_SOCKET = tmp_path / "nobody.sock"
    client = rest_client(actor)
    made = client.post(URL, {"name": "prices", "model": model})
    assert made.status_code == 201
    assert made.json()["alias"] == "champion"
    assert [row["name"] for row in client.get(URL).json()["results"]] == ["prices"]
    shown = client.get(f"{URL}prices/").json()
    assert (shown["state"], shown["version"], shown["runtime"]) == ("offline", "1", None)
    assert shown["signature"]["inputs"][0]["name"] == "x"
    assert client.delete(f"{URL}prices/").status_code == 204
    assert client.get(f"{URL}prices/").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "name"),
        ({"name": "Prices!", "model": "scaler"}, 400, "lower-case"),
        ({"name": "a" * 64, "model": "scaler"}, 400, "63"),
        ({"name": "p", "model": "absent"}, 400, "no model"),
        ({"name": "p", "model": "scaler", "alias": "-x"}, 400, "alias"),
        ({"name": "taken", "model": "scaler"}, 409, "already"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_in_words(
    actor, rest_client, model, body, status, words
):
    serving.create_endpoint(actor=actor, name="taken", model_name=model)
    answer = rest_client(actor).post(URL, body)
    assert answer.status_code == status
    assert words in answer.content.decode()


def test_second_organisation_sees_nothing(actor, stranger, rest_client, model):
    serving.create_endpoint(actor=actor, name="prices", model_name=model)
    client = rest_client(stranger)
    assert client.get(URL).json()["results"] == []
    assert client.get(f"{URL}prices/").status_code == 404
    assert client.delete(f"{URL}prices/").status_code == 404
    assert client.post(URL, {"name": "mine", "model": model}).status_code == 400
    assert Endpoint.objects.count() == 1


def test_an_analyst_looks_but_does_not_change(organisation, actor, member, rest_client, model):
    serving.create_endpoint(actor=actor, name="prices", model_name=model)
    client = rest_client(member(Role.ANALYST))
    assert client.get(f"{URL}prices/").status_code == 200
    assert client.delete(f"{URL}prices/").status_code == 403
    assert client.post(URL, {"name": "mine", "model": model}).status_code == 403


def test_ensuring_an_endpoint_twice_changes_nothing_and_repoints_when_asked(actor, register, model):
    first = serving.ensure_endpoint(actor=actor, name="prices", model_name=model)
    again = serving.ensure_endpoint(actor=actor, name="prices", model_name=model)
    assert (again.pk, again.changed_at) == (first.pk, first.changed_at)
    moved = serving.ensure_endpoint(
        actor=actor, name="prices", model_name=model, alias="challenger"
    )
    assert moved.pk == first.pk
    assert moved.changed_at > first.changed_at


def test_predictions_in_plain_json(runtime, actor, stranger, rest_client, serve):
    name = serve(actor, sample_models.scaler(3.0))
    url = f"{URL}{name}/predict/"
    answer = rest_client(actor).post(url, {"inputs": {"x": [[1, 2, 3, None]]}})
    assert answer.json() == {
        "endpoint": name,
        "model_version": "1",
        "outputs": {"y": [[3.0, 6.0, 9.0, None]]},
    }
    refused = rest_client(actor).post(url, {"inputs": {"x": [[1, 2]]}})
    assert refused.status_code == 400
    assert "shape [1, 2]" in refused.json()["detail"]
    assert rest_client(actor).post(url, {"inputs": {}}).status_code == 400
    assert rest_client(stranger).post(url, {"inputs": {"x": [[1]]}}).status_code == 404


def test_predictions_without_a_runtime_are_a_503(actor, rest_client, settings, tmp_path):
    settings.RUNTIME_SOCKET = tmp_path / "nobody.sock"
    answer = rest_client(actor).post(f"{URL}any/predict/", {"inputs": {"x": [[1]]}})
    assert answer.status_code == 503
    assert "manage.py runtime" in answer.json()["remedy"]
