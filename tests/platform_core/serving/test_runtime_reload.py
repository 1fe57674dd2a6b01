import threading
import time
from collections import Counter

import httpx
import numpy as np
import pytest
from django.conf import settings as django_settings

from platform_core.registry import api as registry
from platform_core.serving import api as serving
from tests.ml.runtime import sample_models
from tests.platform_core.serving.conftest import promote_version

BODY = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 1, 1, 1]}]}


class Load:
    """Clients that call an endpoint as fast as they can and note every answer."""

    def __init__(self, url, headers, clients=4):
        self.answers, self.failures = Counter(), []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=(url, headers)) for _ in range(clients)
        ]

    def _call(self, url, headers):
        with httpx.Client(headers=headers, timeout=20) as client:
            while not self._stop.is_set():
                try:
                    answer = client.post(url, json=BODY)
                    version = answer.json()["model_version"]
                    value = answer.json()["outputs"][0]["data"][0]
                except (httpx.HTTPError, KeyError, ValueError) as error:
                    self.failures.append(repr(error))
                    continue
                self.answers[version, value] += 1

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def wait_for_version(runtime, name, key, version, within_s=5.0):
    ends_at = time.monotonic() + within_s
    url = f"{runtime.url}/v2/models/{name}/infer"
    while time.monotonic() < ends_at:
        if httpx.post(url, json=BODY, headers=key).json().get("model_version") == version:
            return
        time.sleep(0.02)
    raise AssertionError(f"version {version} does not answer")


def test_moving_the_alias_under_load_fails_no_request(runtime, actor, register, serve, headers):
    name, key = serve(actor, sample_models.scaler(1.0)), headers(actor)
    first = registry.resolve(organisation=actor.organisation, name=name)
    second = register(actor, name, sample_models.scaler(2.0), promote=False)
    url = f"{runtime.url}/v2/models/{name}/infer"
    wait_for_version(runtime, name, key, "1")
    with Load(url, key) as load:
        for version in (second, first, second, first):
            time.sleep(0.4)
            promote_version(actor, version)
            wait_for_version(runtime, name, key, str(version.number))
        while sum(load.answers.values()) < 3000:
            time.sleep(0.05)
    assert load.failures == []
    assert set(load.answers) == {("1", 1.0), ("2", 2.0)}, "an answer names the version it is of"


def test_a_rollback_is_followed_and_the_left_version_is_unloaded(
    runtime, actor, register, serve, headers
):
    name, key = serve(actor, sample_models.scaler(1.0)), headers(actor)
    wait_for_version(runtime, name, key, "1")
    newer = register(actor, name, sample_models.scaler(2.0))
    wait_for_version(runtime, name, key, "2")
    registry.roll_back_alias(actor=actor, model=newer.model, alias="champion")
    wait_for_version(runtime, name, key, "1")
    held = serving.runtime_state(organisation=actor.organisation)
    assert [(model.version, model.state) for model in held] == [("1", "ready")]


def test_a_certain_version_answers_while_the_alias_points_elsewhere(
    runtime, actor, register, serve, headers
):
    name, key = serve(actor, sample_models.scaler(1.0)), headers(actor)
    register(actor, name, sample_models.scaler(2.0), promote=False)
    url = f"{runtime.url}/v2/models/{name}/versions/2/infer"
    answer = httpx.post(url, json=BODY, headers=key).json()
    assert (answer["model_version"], answer["outputs"][0]["data"][0]) == ("2", 2.0)


def test_an_endpoint_answers_at_once_and_is_gone_soon_after_its_deletion(
    runtime, actor, serve, headers
):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    url = f"{runtime.url}/v2/models/{name}/infer"
    assert httpx.post(url, json=BODY, headers=key).status_code == 200
    endpoint = serving.get_endpoint(actor=actor, name=name)
    serving.delete_endpoint(actor=actor, endpoint=endpoint)
    ends_at = time.monotonic() + 1.0
    while httpx.post(url, json=BODY, headers=key).status_code == 200:
        assert time.monotonic() < ends_at


def test_an_endpoint_follows_when_it_is_pointed_at_another_model(
    runtime, actor, register, serve, headers
):
    name, key = serve(actor, sample_models.scaler(1.0)), headers(actor)
    wait_for_version(runtime, name, key, "1")
    other = "another-" + name
    for _ in range(3):
        register(actor, other, sample_models.scaler(5.0))
    serving.ensure_endpoint(actor=actor, name=name, model_name=other)
    wait_for_version(runtime, name, key, "3")


def _damage(version):
    """Flip a bit in the stored model of a version."""
    folder = django_settings.HOME / "objects"
    (path,) = [p for p in folder.rglob("*model.onnx*") if str(version.pk) in str(p)]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_damaged_bundle_is_refused_and_the_old_version_goes_on(
    runtime, actor, register, serve, headers
):
    name, key = serve(actor, sample_models.scaler(1.0)), headers(actor)
    wait_for_version(runtime, name, key, "1")
    damaged = register(actor, name, sample_models.scaler(2.0), promote=False)
    _damage(damaged)
    promote_version(actor, damaged)
    ends_at = time.monotonic() + 5
    failed = []
    while not failed:
        assert time.monotonic() < ends_at
        held = serving.runtime_state(organisation=actor.organisation)
        failed = [model for model in held if model.state == "failed"]
    assert failed[0].version == "2"
    assert "cannot be loaded" in failed[0].error
    wait_for_version(runtime, name, key, "1")


def test_a_damaged_bundle_without_a_predecessor_is_answered_503_in_words(
    runtime, actor, register, headers
):
    version = register(actor, "broken", sample_models.scaler())
    _damage(version)
    serving.ensure_endpoint(actor=actor, name="broken", model_name="broken")
    url = f"{runtime.url}/v2/models/broken/infer"
    answer = httpx.post(url, json=BODY, headers=headers(actor))
    assert answer.status_code == 503
    assert "cannot be loaded" in answer.json()["error"]
    assert "retry-after" in answer.headers


def test_a_model_without_the_alias_is_not_ready_in_words(runtime, actor, register, headers):
    register(actor, "unpromoted", sample_models.scaler(), promote=False)
    serving.ensure_endpoint(
        actor=actor, name="unpromoted", model_name="unpromoted", alias="challenger"
    )
    url = f"{runtime.url}/v2/models/unpromoted/infer"
    answer = httpx.post(url, json=BODY, headers=headers(actor))
    assert answer.status_code == 503
    assert "no version to answer with" in answer.json()["error"]
    with pytest.raises(serving.EndpointNotReadyError):
        serving.predict(
            actor=actor, endpoint="unpromoted", inputs={"x": np.zeros((1, 4), np.float32)}
        )
