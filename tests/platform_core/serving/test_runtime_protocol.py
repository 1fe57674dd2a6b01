import gzip
import json
import re

import httpx
import numpy as np
import orjson
import pytest

from tests.ml.runtime import sample_models


@pytest.fixture
def post(runtime, actor, serve, headers):
    """Return a function that posts a body to a scaler's infer address."""
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    client = httpx.Client(headers=key, timeout=30)

    def send(content, **extra):
        return client.post(f"{runtime.url}/v2/models/{name}/infer", content=content, headers=extra)

    yield send
    client.close()


GOOD = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}]}


def test_json_without_content_type_is_answered_with_the_version(post):
    answer = post(json.dumps(GOOD))
    assert answer.status_code == 200
    assert answer.json()["model_version"] == "1"
    assert answer.json()["outputs"] == [
        {"name": "y", "datatype": "FP32", "shape": [1, 4], "data": [2, 4, 6, 8]}
    ]


def test_datatype_and_shape_may_be_left_out(post):
    answer = post(json.dumps({"inputs": [{"name": "x", "data": [[1, 2, 3, 4]]}]}))
    assert answer.json()["outputs"][0]["data"] == [2, 4, 6, 8]


def test_packed_bodies_are_unpacked_and_bombs_refused(post):
    assert post(gzip.compress(orjson.dumps(GOOD)), **{"content-encoding": "gzip"}).is_success
    bomb = gzip.compress(b" " * (65 * 2**20))
    assert post(bomb, **{"content-encoding": "gzip"}).status_code == 413
    assert post(b"not packed", **{"content-encoding": "gzip"}).status_code == 400
    assert post(b"x", **{"content-encoding": "br"}).status_code == 415


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "JSON object"),
        (b'{"inputs": []}', "1 to 256"),
        (b'{"inputs": [{"name": "x", "data": [["a", "b", "c", "d"]]}]}', "not FP32"),
        (b'{"inputs": [{"name": "x", "data": [[1, 2, 3]]}]}', r"shape \[1, 3\]"),
        (b'{"inputs": [{"name": "z", "datatype": "FP32", "data": [1]}]}', "'x' is missing"),
        (json.dumps(GOOD | {"outputs": [{"name": "z"}]}).encode(), "no output 'z'"),
    ],
)
def test_malformed_requests_are_refused_in_words(post, content, words):
    answer = post(content)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"
    assert re.search(words, answer.json()["error"])


def test_binary_lengths_that_lie_are_refused(post):
    body = orjson.dumps(GOOD)
    for length in ("999999", "-1", "x", "9" * 40):
        answer = post(body, **{"inference-header-content-length": length})
        assert answer.status_code == 400, length


def test_bodies_over_the_limit_are_refused_stated_or_streamed(post):
    assert post(b"x" * (64 * 2**20 + 1)).status_code == 413

    def pieces():
        for _ in range(65):
            yield b" " * 2**20

    assert post(pieces()).status_code == 413


def test_large_requests_are_answered(post):
    rows = np.ones((200_000, 4), dtype=np.float32)
    tensor_json = {
        "name": "x",
        "datatype": "FP32",
        "shape": rows.shape,
        "parameters": {"binary_data_size": rows.nbytes},
    }
    head = orjson.dumps({"inputs": [tensor_json], "parameters": {"binary_data_output": True}})
    answer = post(head + rows.tobytes(), **{"inference-header-content-length": str(len(head))})
    length = int(answer.headers["inference-header-content-length"])
    assert np.frombuffer(answer.content[length:], dtype=np.float32).sum() == 1_600_000


def test_unknown_addresses_and_methods_are_refused(runtime, actor, headers):
    with httpx.Client(base_url=runtime.url, headers=headers(actor)) as client:
        assert client.get("/").status_code == 404
        assert client.get("/v2/models/a/b/c").status_code == 404
        assert client.get("/v2/models/a/infer").status_code == 405
        assert client.post("/v2").status_code == 405
        assert client.get("/internal/state").status_code == 404
        assert client.get("/v2/models/..%2f..%2fetc/ready").status_code == 404
        assert client.get("/v2/models/a%00b/ready").status_code == 404


def test_metrics_count_requests_and_latencies(runtime, post):
    post(json.dumps(GOOD))
    text = httpx.get(f"{runtime.url}/metrics").text
    assert 'pentaquark_runtime_requests_total{protocol="rest",status="200"}' in text
    assert "pentaquark_runtime_prediction_seconds_bucket" in text
    assert "pentaquark_runtime_loaded_models" in text
    assert httpx.get(f"{runtime.url}/healthz").status_code == 200
    forwarded = httpx.get(f"{runtime.url}/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
    assert forwarded.status_code == 404


def test_random_bodies_never_break_the_runtime(runtime, post):
    random = np.random.default_rng(7)
    for _ in range(300):
        size = int(random.integers(0, 200))
        answer = post(random.bytes(size), **{"inference-header-content-length": str(size // 2)})
        assert answer.status_code == 400
    assert post(json.dumps(GOOD)).status_code == 200


def test_the_runtime_does_not_hold_torch(runtime, post):
    post(json.dumps(GOOD))
    assert "libtorch" not in runtime.maps()
