import gzip
import json

import httpx
import numpy as np
import orjson
import pytest
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from tritonclient.utils import InferenceServerException

from tests.ml.runtime import sample_models

X_NF = np.float32([[1, 2, 3, 4], [5, 6, 7, 8]])


@pytest.fixture(params=["http", "grpc"])
def triton(request, runtime):
    if request.param == "http":
        module, port = triton_http, runtime.rest_port
    else:
        module, port = triton_grpc, runtime.grpc_port
    client = module.InferenceServerClient(f"127.0.0.1:{port}")
    client.module = module
    yield client
    client.close()


def tensor(triton, name, array, datatype):
    made = triton.module.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array)
    return made


def test_triton_clients_see_a_live_and_ready_server(triton):
    assert triton.is_server_live()
    assert triton.is_server_ready()
    found = triton.get_server_metadata()
    assert "pentaquark" in str(found)


def test_triton_clients_get_metadata_and_predictions(triton, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler(3.0)), headers(actor)
    assert triton.is_model_ready(name, headers=key)
    assert (
        not triton.is_model_ready("absent", headers=key) if triton.module is triton_http else True
    )
    metadata = triton.get_model_metadata(name, headers=key)
    assert "FP32" in str(metadata)
    asked = [tensor(triton, "x", X_NF, "FP32")]
    answer = triton.infer(name, asked, headers=key, request_id="r7")
    np.testing.assert_array_equal(answer.as_numpy("y"), X_NF * 3)
    assert "r7" in str(answer.get_response())
    again = triton.infer(name, asked, headers=key, model_version="1")
    np.testing.assert_array_equal(again.as_numpy("y"), X_NF * 3)


def test_every_datatype_travels_through_triton_clients(triton, actor, serve, headers):
    name, key = serve(actor, sample_models.echo()), headers(actor)
    sent = {}
    for spec in sample_models.echo().manifest.inputs:
        values = np.array([1, 0, 1]).astype(triton_utils_dtype(spec.datatype))
        if spec.datatype == "BYTES":
            values = np.array([b"a", "深圳".encode(), b""], dtype=object)
        sent[spec.name] = (values, spec.datatype)
    inputs = [tensor(triton, name, *value) for name, value in sent.items()]
    answer = triton.infer(name, inputs, headers=key)
    for input_name, (values, _) in sent.items():
        got = answer.as_numpy(input_name.replace("in_", "out_"))
        np.testing.assert_array_equal(got, values)
        assert got.dtype == values.dtype


def triton_utils_dtype(datatype):
    from tritonclient.utils import triton_to_np_dtype  # noqa: PLC0415

    return triton_to_np_dtype(datatype)


def test_triton_clients_read_refusals(triton, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    wrong = [tensor(triton, "x", X_NF.astype(np.float64), "FP64")]
    with pytest.raises(InferenceServerException, match="'x' is FP64; the model takes FP32"):
        triton.infer(name, wrong, headers=key)
    with pytest.raises(InferenceServerException, match="no endpoint “absent”"):
        triton.infer("absent", wrong, headers=key)
    with pytest.raises(InferenceServerException, match="has no version '9'"):
        triton.infer(name, wrong, headers=key, model_version="9")
    with pytest.raises(InferenceServerException, match="API key"):
        triton.infer(name, wrong)


def test_json_outputs_and_chosen_outputs_over_triton_http(runtime, actor, serve, headers):
    name = serve(actor, sample_models.echo())
    client = triton_http.InferenceServerClient(f"127.0.0.1:{runtime.rest_port}")
    inputs = []
    for spec in sample_models.echo().manifest.inputs:
        values = np.zeros(2, dtype=triton_utils_dtype(spec.datatype))
        if spec.datatype == "BYTES":
            values = np.array([b"x", b"y"], dtype=object)
        made = triton_http.InferInput(spec.name, [2], spec.datatype)
        made.set_data_from_numpy(values, binary_data=spec.datatype not in {"FP32", "BYTES"})
        inputs.append(made)
    wanted = [
        triton_http.InferRequestedOutput("out_FP32", binary_data=False),
        triton_http.InferRequestedOutput("out_BYTES", binary_data=False),
        triton_http.InferRequestedOutput("out_INT64", binary_data=True),
    ]
    answer = client.infer(name, inputs, outputs=wanted, headers=headers(actor))
    assert answer.as_numpy("out_FP32").tolist() == [0, 0]
    assert answer.as_numpy("out_BYTES").tolist() == ["x", "y"]
    assert answer.as_numpy("out_INT64").tolist() == [0, 0]
    assert answer.as_numpy("out_BOOL") is None


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
    assert set(answer.json()) == {"error"}
    assert __import__("re").search(words, answer.json()["error"])


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
