"""Pages and routes of studies."""

import pytest

from platform_core.tuning.models import Study
from tests import factories
from tests.platform_core.tuning.conftest import SPACE, network, requested, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(client, actor):
    key = {"Authorization": f"Bearer {factories.api_key(actor)}"}

    def _call(method, path, body=None):
        kind = {"content_type": "application/json"} if method == "post" else {}
        return getattr(client, method)(f"/api/v1/studies/{path}", body, headers=key, **kind)

    return _call


def body(**changes):
    training = {
        "dataset": {"dataset": "line"},
        "validation": {"dataset": "held-out"},
        "model": network(),
        "compile": {"optimizer": "adam", "loss": "mse"},
        "fit": {"epochs": 3},
    }
    return {"name": "line", "training": training, "space": SPACE, "trials": 5} | changes


def test_a_program_searches_and_reads_what_was_found(call, actor, dataset, held_out):
    answer = call("post", "", body())
    assert answer.status_code == 202, answer.content
    asked = answer.json()
    assert (asked["state"], asked["metric"], asked["best"]) == ("queued", "val_loss", None)
    busy = call("post", "", body())
    assert (busy.status_code, busy.json()["study"]) == (409, asked["id"])

    run(actor, Study.objects.get(pk=asked["id"]))
    found = call("get", f"{asked['id']}/").json()
    assert (found["state"], found["version"]) == ("succeeded", 1)
    assert found["complete"] + found["pruned"] + found["failed"] == 5
    assert found["training"]
    page = call("get", f"{asked['id']}/trials/?page_size=2").json()
    assert [each["number"] for each in page["results"]] == [4, 3]
    assert page["next"]
    assert set(page["results"][0]["parameters"]) == set(SPACE)
    assert [each["id"] for each in call("get", "?name=line").json()["results"]] == [asked["id"]]
    assert call("get", "?name=other").json()["results"] == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"space": []}, "space"),
        ({"space": {"fit.batch_size": {"type": "int", "low": 0, "high": 8}}}, "fit.batch_size"),
        ({"trials": 201}, "trials"),
        ({"direction": "up"}, "direction"),
        ({"training": {}}, "model"),
    ],
)
def test_a_wrong_request_is_a_problem_that_names_the_place(call, dataset, held_out, change, place):
    answer = call("post", "", body(**change))
    assert answer.status_code == 400, answer.content
    assert place in str(answer.json())


def test_pages_show_studies_and_what_was_found(client, actor, dataset, held_out):
    client.force_login(actor.user)
    assert "No study yet" in client.get("/studies/").content.decode()
    row = requested(actor)
    assert "No trial has ended yet" in client.get(f"/studies/{row.pk}/").content.decode()
    run(actor, row)
    page = client.get(f"/studies/{row.pk}/").content.decode()
    assert "val_loss: the best is" in page
    assert "matters most" in page
    assert "compile.optimizer.learning_rate: the best trial has" in page
    assert f"/trainings/{row.training_id}/" in page
    assert "line" in client.get("/studies/").content.decode()
