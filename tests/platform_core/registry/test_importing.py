"""Models from outside: received encrypted, read by a job, exported as a file anybody can check."""

import base64
import hashlib
import io
import json
import tarfile

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.files.uploadedfile import SimpleUploadedFile

from platform_core.datasets.models import SourceFile
from platform_core.jobs import api as jobs
from platform_core.registry import api
from platform_core.registry.import_job import import_file
from tests import factories
from tests.apps.recommendation.conftest import run_job
from tests.ml.compression import models

pytestmark = pytest.mark.django_db


def _send(client, actor, content: bytes, filename: str = "net.onnx", **fields):
    key = {"Authorization": f"Bearer {factories.api_key(actor)}"}
    body = {"name": "digits", "files": SimpleUploadedFile(filename, content), **fields}
    return client.post("/api/v1/models/", body, headers=key)


def _import(client, actor, content: bytes, filename: str = "net.onnx", **fields) -> jobs.Job:
    answer = _send(client, actor, content, filename, **fields)
    assert answer.status_code == 202, answer.content
    return run_job(actor, jobs.get_job(actor=actor, job_id=answer.json()["job"]), import_file)


@pytest.fixture
def network() -> bytes:
    return models.network().files["model.onnx"]


def test_an_imported_model_is_a_signed_version_and_its_file_is_shredded(client, actor, network):
    job = _import(client, actor, network)
    assert job.result == {"model": "digits", "version": 1}
    version = api.get_version(actor=actor, model_name="digits", number=1)
    assert version.flavour == "onnx"
    assert version.model.application == "imported"
    assert api.open_bundle(version=version).files["model.onnx"] == network
    assert not SourceFile.objects.filter(organisation=actor.organisation).exists()


def test_the_same_name_gets_the_next_version(client, actor, network):
    _import(client, actor, network)
    assert _import(client, actor, network).result["version"] == 2


def test_a_file_that_is_no_model_fails_the_job_in_words(client, actor):
    job = _import(client, actor, b"not a network")
    assert job.state == jobs.JobState.FAILED
    assert "not a valid ONNX file" in job.error["detail"]


@pytest.mark.parametrize(
    ("filename", "fields", "words"),
    [
        ("model.pkl", {}, "can run code"),
        ("net.onnx", {"name": "Ä"}, "model name"),
        ("net.onnx", {"name": "import"}, "model name"),
        ("net.onnx", {"task": "x" * 99}, "task"),
        ("net.onnx", {"activation": "swish"}, "activation"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_a_job(
    client, actor, network, filename, fields, words
):
    answer = _send(client, actor, network, filename, **fields)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not SourceFile.objects.filter(organisation=actor.organisation).exists()


def test_an_applications_model_cannot_be_given_versions_from_outside(
    client, actor, version, network
):
    answer = _send(client, actor, network, name=version.model.name)
    assert answer.status_code == 400
    assert "is a model of" in answer.json()["detail"]


def test_a_job_whose_file_is_gone_says_so(client, actor, network):
    job = _import(client, actor, network)
    again = run_job(actor, job, import_file)
    assert "gone" in again.error["detail"]


def _download(client, actor, name: str) -> tarfile.TarFile:
    key = {"Authorization": f"Bearer {factories.api_key(actor)}"}
    answer = client.get(f"/api/v1/models/{name}/versions/1/bundle/", headers=key)
    assert answer.status_code == 200
    return tarfile.open(fileobj=io.BytesIO(b"".join(answer.streaming_content)))


def test_an_exported_bundle_can_be_checked_without_the_platform(client, actor, network):
    _import(client, actor, network)
    with _download(client, actor, "digits") as archive:
        content = {each: archive.extractfile(each).read() for each in archive.getnames()}
    signature = json.loads(content["signature.json"])
    statement = content["statement.json"]
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature["public_key"]))
    value = base64.b64decode(signature["value"])

    key.verify(value, signature["over"].encode() + statement)
    with pytest.raises(InvalidSignature):
        key.verify(value, signature["over"].encode() + statement.replace(b"digits", b"digitz"))
    files = json.loads(statement)["manifest"]["files"]
    for name, checksum in files.items():
        assert hashlib.sha256(content[f"files/{name}"]).hexdigest() == checksum
    assert content["files/model.onnx"] == network


def test_another_organisation_can_neither_export_nor_read_the_upload(client, actor, network):
    _import(client, actor, network)
    stranger = factories.actor()
    key = {"Authorization": f"Bearer {factories.api_key(stranger)}"}
    assert client.get("/api/v1/models/digits/versions/1/bundle/", headers=key).status_code == 404


def test_the_import_page_sends_to_the_route_that_encrypts(client, actor):
    client.force_login(actor.user)
    page = client.get("/models/import/").content.decode()
    assert 'action="/api/v1/models/"' in page
