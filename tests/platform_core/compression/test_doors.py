"""Pages and routes of compressions."""

import pytest

from platform_core.compression.models import Compression
from platform_core.compression.params import CompressionSpec
from platform_core.compression.services import request_compression
from tests import factories
from tests.platform_core.compression.conftest import again, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(client, actor):
    client.force_login(actor.user)
    return client


def test_a_program_asks_and_reads_the_outcome(client, actor, version, dataset):
    key = {"Authorization": f"Bearer {factories.api_key(actor)}"}
    asked = {
        "model": "digits",
        "version": 1,
        "methods": ["fp16"],
        "dataset": dataset.name,
        "label_column": "label",
    }
    answer = client.post(
        "/api/v1/compressions/", asked, content_type="application/json", headers=key
    )
    assert answer.status_code == 202, answer.content
    assert answer.json()["state"] == "queued"

    again(actor, Compression.objects.get(pk=answer.json()["id"]))
    found = client.get(f"/api/v1/compressions/{answer.json()['id']}/", headers=key).json()
    assert found["state"] == "succeeded"
    assert found["results"][0]["version"] == 2
    assert found["original"]["size_bytes"] == version.size_bytes
    listed = client.get("/api/v1/compressions/", headers=key).json()["results"]
    assert [each["id"] for each in listed] == [answer.json()["id"]]


@pytest.mark.parametrize(
    "asked", [{"methods": ["zip"]}, {"tolerance": 2}, {"version": 0}, {"model": "x" * 99}]
)
def test_a_wrong_request_is_a_problem_that_names_the_field(client, actor, version, asked):
    key = {"Authorization": f"Bearer {factories.api_key(actor)}"}
    body = {"model": "digits", "version": 1} | asked
    answer = client.post(
        "/api/v1/compressions/", body, content_type="application/json", headers=key
    )
    assert answer.status_code == 400
    assert next(iter(asked)) in str(answer.json())


def test_the_report_shows_every_method_and_the_trade_off(web, actor, version, dataset):
    row = run(
        actor,
        model="digits",
        version=1,
        methods=("fp16", "fewer_trees"),
        dataset=dataset.name,
        label_column="label",
    )
    page = web.get(f"/models/compression/{row.pk}/").content.decode()
    assert "Half precision (FP16)" in page
    assert "Does not apply" in page
    assert "has 5" in page  # the smallest version has fifty-odd per cent of the size
    assert "/models/digits/versions/2/" in page


def test_the_report_waits_for_its_job(web, actor, version, dataset):
    spec = CompressionSpec(model="digits", version=1, dataset=dataset.name, label_column="label")
    row = request_compression(actor=actor, spec=spec)
    assert "The report follows" in web.get(f"/models/compression/{row.pk}/").content.decode()


def test_the_form_starts_a_compression(web, version, dataset):
    assert (
        b'value="digits" selected'
        in web.get("/models/compression/new/?model=digits&version=1").content
    )
    asked = {"model": "digits", "version": 1, "method": "fp16", "tolerance": 0.02}
    answer = web.post("/models/compression/new/", asked | {"dataset": str(dataset.pk)})
    assert answer.status_code == 302
    assert web.get("/models/compression/").content.count(b"/models/compression/") > 1


def test_the_form_names_the_field_that_is_wrong(web, version, dataset):
    asked = {"model": "digits", "version": 7, "method": "fp16", "tolerance": 0.02}
    answer = web.post("/models/compression/new/", asked)
    assert answer.status_code == 404
    asked |= {"version": 1, "dataset": str(dataset.pk), "label_column": "truth"}
    answer = web.post("/models/compression/new/", asked)
    assert answer.status_code == 400
    assert "truth" in answer.content.decode()


def test_an_empty_list_says_what_compression_is(web):
    assert b"Nothing was compressed yet" in web.get("/models/compression/").content
