"""Endpoints as documents."""

import jsonschema
import pytest
import yaml

from platform_core.accounts.api import Role
from platform_core.registry import api as registry
from platform_core.serving import spec
from platform_core.serving.errors import EndpointInvalidError
from platform_core.serving.models import Endpoint, TrafficChange
from tests.ml.runtime import sample_models

URL = "/api/v1/endpoints/prices/spec/"
TEXT = """
apiVersion: pentaquark/v1
kind: Endpoint
metadata: {name: prices}
spec:
  model: scaler
  weights: {challenger: 10}
  shadow: {alias: challenger, fraction: 0.5}
  options: {idle_unload_s: 600}
"""


@pytest.fixture
def model(actor, register):
    register(actor, "scaler", sample_models.scaler(1.0))
    second = register(actor, "scaler", sample_models.scaler(2.0), promote=False)
    registry.set_alias(actor=actor, model=second.model, alias="challenger", version=second)


def put(client, text, query=""):
    return client.generic("PUT", URL + query, text, content_type="application/yaml")


def test_a_document_is_tried_applied_and_applied_again(actor, rest_client, model):
    client = rest_client(actor)
    tried = put(client, TEXT, "?dry_run=true").json()
    assert (tried["action"], tried["dry_run"]) == ("create", True)
    assert tried["differences"]["spec.weights.challenger"] == {"now": None, "wanted": 10.0}
    assert not Endpoint.objects.exists()
    assert put(client, TEXT).status_code == 201
    endpoint = Endpoint.objects.get()
    assert (endpoint.weights, endpoint.options) == ({"challenger": 10.0}, {"idle_unload_s": 600})
    moves = TrafficChange.objects.count()
    assert put(client, TEXT).json() == {"action": "nothing", "dry_run": False, "differences": {}}
    assert TrafficChange.objects.count() == moves
    shown = client.get(URL).json()
    jsonschema.validate(shown, spec.SCHEMA)
    assert put(client, yaml.safe_dump(shown)).json()["action"] == "nothing"
    shown["spec"].pop("shadow")
    changed = client.put(URL, shown).json()
    assert changed["differences"] == {
        "spec.shadow.alias": {"now": "challenger", "wanted": None},
        "spec.shadow.fraction": {"now": 0.5, "wanted": None},
    }
    assert Endpoint.objects.get().shadow_alias == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the document"),
        ("{", "neither YAML nor JSON"),
        ("a: &x [1]\nb: *x", "& or *"),
        (TEXT.replace("Endpoint", "Model"), "kind"),
        (TEXT.replace("name: prices", "name: other"), "describes “other”"),
        (TEXT.replace("challenger: 10", "challenger: 101"), "spec.weights.challenger"),
        (TEXT.replace("model: scaler", "model: absent"), "no model"),
        (TEXT.replace("{challenger: 10}", "{nobody: 10}"), "nobody"),
        (TEXT.replace("idle_unload_s", "idle"), "idle"),
        ("[" * 5000, "neither YAML nor JSON"),
        ("!!python/object/apply:os.system [x]", "neither YAML nor JSON"),
    ],
)
def test_a_document_that_cannot_be_is_refused_at_its_place(actor, rest_client, model, text, words):
    answer = put(rest_client(actor), text)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert not Endpoint.objects.exists()


def test_what_is_too_long_is_refused(actor, rest_client, model):
    assert put(rest_client(actor), " " * 300_000).status_code == 400
    with pytest.raises(EndpointInvalidError, match="at most"):
        spec.parse("#" * 64_001)


def test_documents_need_the_permission_and_stay_in_the_organisation(
    actor, stranger, member, rest_client, model
):
    assert put(rest_client(member(Role.ANALYST)), TEXT).status_code == 403
    put(rest_client(actor), TEXT)
    assert rest_client(stranger).get(URL).status_code == 404
    assert put(rest_client(stranger), TEXT).status_code == 400, "no such model over there"
    assert rest_client(actor).get("/api/v1/endpoint-schema/").json()["title"].startswith("Endpoint")
