"""Pages and routes of trainings."""

import pytest

from platform_core.training.models import Training
from platform_core.training.services import request_training
from tests import factories
from tests.ml.training import models
from tests.platform_core.training.conftest import COMPILE, run, spec

pytestmark = pytest.mark.django_db
BODY = {
    "name": "taste",
    "dataset": {"dataset": "ratings"},
    "compile": COMPILE,
    "fit": {"epochs": 2},
}


@pytest.fixture
def call(client, actor):
    key = {"Authorization": f"Bearer {factories.api_key(actor)}"}

    def _call(method, path, body=None):
        kind = {"content_type": "application/json"} if method == "post" else {}
        address = f"/api/v1/trainings/{path}"
        return getattr(client, method)(address, body, headers=key, **kind)

    return _call


def test_a_program_trains_and_reads_the_outcome(call, actor, dataset):
    answer = call("post", "", BODY | {"model": models.embedding()})
    assert answer.status_code == 202, answer.content
    told = answer.json()
    assert (told["state"], told["target"], told["version"]) == ("queued", "rating", None)
    busy = call("post", "", BODY | {"model": models.embedding()})
    assert busy.status_code == 409
    assert busy.json()["training"] == told["id"]

    run(actor, Training.objects.get(pk=told["id"]))
    found = call("get", f"{told['id']}/").json()
    assert (found["state"], found["version"], found["endpoint"]) == ("succeeded", 1, "taste")
    assert len(found["history"]["loss"]) == 2
    assert [each["id"] for each in call("get", "?name=taste").json()["results"]] == [told["id"]]
    assert call("get", "?name=other").json()["results"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": "x"}, "model"),
        ({"model": {"class_name": "Lambda", "config": {}}}, "model"),
        ({"compile": {"loss": "evil"}}, "compile"),
        ({"dataset": {"dataset": "ratings", "split": "x"}}, "dataset"),
        ({"inputs": []}, "inputs"),
        ({"name": "x" * 64}, "name"),
    ],
)
def test_a_wrong_request_is_a_problem_that_names_the_field(call, dataset, change, field):
    answer = call("post", "", BODY | {"model": models.embedding()} | change)
    assert answer.status_code == 400, answer.content
    assert field in str(answer.json())


def test_rows_are_predicted_only_by_a_version(call, actor, dataset):
    told = call("post", "", BODY | {"model": models.embedding()}).json()
    answer = call("post", f"{told['id']}/predictions/", {"dataset": "ratings"})
    assert answer.status_code == 409
    assert "ended" in answer.json()["remedy"]


def test_pages_show_trainings_and_the_curves(client, actor, dataset):
    client.force_login(actor.user)
    assert "Nothing was trained yet" in client.get("/trainings/").content.decode()
    row = request_training(actor=actor, spec=spec())
    assert "The curves follow" in client.get(f"/trainings/{row.pk}/").content.decode()
    run(actor, row)
    page = client.get(f"/trainings/{row.pk}/").content.decode()
    assert "loss went from" in page
    assert "Embedding → Flatten → Dense → Dense" in page
    assert "taste 1" in client.get("/trainings/").content.decode()
