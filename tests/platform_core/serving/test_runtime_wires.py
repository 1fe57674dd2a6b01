"""What Triton's clients have no method for, or hide: raw bodies, streams, codes, JSON's corners."""

import asyncio
import gzip
import queue
import zlib

import grpc
import httpx
import numpy as np
import orjson
import pytest
import tritonclient.grpc as triton_grpc
import tritonclient.grpc.aio as triton_grpc_aio
from django.utils import timezone
from tritonclient.grpc import service_pb2 as pb

from platform_core.accounts.api import ApiKey
from tests.ml.runtime import sample_models

SERVICE = "/inference.GRPCInferenceService/"
X_NF = np.float32([[1, 2, 3, 4], [5, 6, 7, 8]])
INTEGERS = [0, 1, 2**63, 2**64 - 1]


@pytest.fixture
def rest(runtime, actor, headers):
    """A client of the REST listener with a key for everything."""
    with httpx.Client(base_url=runtime.url, headers=headers(actor, "all"), timeout=30) as client:
        yield client


@pytest.fixture
def call(runtime, actor, headers):
    """Return a function that calls a gRPC method with a message of Triton's."""
    metadata = tuple(headers(actor, "all").items())
    with grpc.insecure_channel(f"127.0.0.1:{runtime.grpc_port}") as channel:

        def send(method, message, answer):
            reply = channel.unary_unary(SERVICE + method)(
                message.SerializeToString(), metadata=metadata, timeout=30
            )
            return answer.FromString(reply)

        yield send


def test_a_body_that_is_nothing_but_the_tensor(rest, actor, serve):
    name = serve(actor, sample_models.scaler())
    raw = {"inference-header-content-length": "0"}
    answer = rest.post(f"/v2/models/{name}/infer", content=X_NF.tobytes(), headers=raw)
    length = int(answer.headers["inference-header-content-length"])
    outputs = orjson.loads(answer.content[:length])["outputs"]
    assert outputs[0]["shape"] == [2, 4]
    assert np.frombuffer(answer.content[length:], dtype=np.float32).tolist() == [
        2 * value for value in X_NF.flat
    ]
    for body, words in ((b"123", "3 bytes are no FP32"), (b"", "not JSON")):
        refused = rest.post(f"/v2/models/{name}/infer", content=body, headers=raw)
        assert refused.status_code == 400
        assert words in refused.json()["error"]
    many = serve(actor, sample_models.echo())
    refused = rest.post(f"/v2/models/{many}/infer", content=b"1234", headers=raw)
    assert "takes 13" in refused.json()["error"]


@pytest.mark.parametrize(
    ("encoding", "unpack"), [("gzip", gzip.decompress), ("deflate", zlib.decompress)]
)
def test_large_answers_are_packed_as_asked(rest, actor, serve, encoding, unpack):
    name = serve(actor, sample_models.scaler())
    asked = {"inputs": [{"name": "x", "data": np.ones((3000, 4)).tolist()}]}
    with rest.stream(
        "POST", f"/v2/models/{name}/infer", json=asked, headers={"accept-encoding": encoding}
    ) as answer:
        body = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == encoding
    assert answer.headers["vary"] == "accept-encoding"
    assert orjson.loads(unpack(body))["outputs"][0]["data"] == [2] * 12_000
    plain = rest.post(
        f"/v2/models/{name}/infer", json=asked, headers={"accept-encoding": "gzip;q=0"}
    )
    assert "content-encoding" not in plain.headers


def test_every_refusal_has_a_code(rest, actor, serve, runtime):
    name = serve(actor, sample_models.scaler())
    codes = {
        ("POST", f"/v2/models/{name}/infer"): (400, "invalid_request"),
        ("GET", "/v2/models/absent"): (404, "not_found"),
        ("GET", f"/v2/models/{name}/infer"): (405, "method_not_allowed"),
        ("GET", "/v2/repository/index"): (405, "method_not_allowed"),
        ("POST", f"/v2/models/{name}/generate"): (501, "not_supported"),
        ("GET", "/v2/systemsharedmemory/status"): (501, "not_supported"),
        ("GET", "/v2/nothing"): (404, "not_found"),
    }
    for (method, path), expected in codes.items():
        answer = rest.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == expected, path
    for key, code in ((None, "key_missing"), ("Bearer pq_no", "key_unknown")):
        answer = httpx.get(
            f"{runtime.url}/v2/models/{name}", headers={"authorization": key} if key else {}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_large_integers_keep_every_digit_in_json(rest, actor, serve):
    bundle = sample_models.echo()
    name = serve(actor, bundle)
    inputs = [
        {
            "name": spec.name,
            "shape": [4],
            "data": INTEGERS if "UINT64" in spec.name else _small(spec),
        }
        for spec in bundle.manifest.inputs
    ]
    outputs = [{"name": "out_UINT64"}]
    answer = rest.post(f"/v2/models/{name}/infer", json={"inputs": inputs, "outputs": outputs})
    assert answer.json()["outputs"][0]["data"] == INTEGERS


def _small(spec):
    return {"BOOL": [True] * 4, "BYTES": [""] * 4}.get(spec.datatype, [1] * 4)


def test_typed_contents_of_every_datatype_are_read(call, actor, serve):
    """FP16 has no field; it is refused by name, and what is typed before it has been read by then."""
    bundle = sample_models.echo()
    message = pb.ModelInferRequest(model_name=serve(actor, bundle))
    specs = sorted(bundle.manifest.inputs, key=lambda spec: spec.datatype == "FP16")
    for spec in specs:
        tensor = message.inputs.add(name=spec.name, datatype=spec.datatype, shape=[1])
        kind = "bytes" if spec.datatype == "BYTES" else _field(spec.datatype)
        value = {"bytes": b"\xff\x00", "bool": True}.get(kind, 7)
        getattr(tensor.contents, f"{kind}_contents").append(value)
    with pytest.raises(grpc.RpcError, match="FP16 travels in raw_input_contents only"):
        call("ModelInfer", message, pb.ModelInferResponse)
    del message.inputs[-1]
    with pytest.raises(grpc.RpcError, match="'in_FP16' is missing"):
        call("ModelInfer", message, pb.ModelInferResponse)


def _field(datatype):
    wide = {"INT64": "int64", "UINT64": "uint64", "FP32": "fp32", "FP64": "fp64", "BOOL": "bool"}
    return wide.get(datatype, "uint" if datatype.startswith("U") else "int")


def test_typed_contents_are_answered(call, actor, serve):
    name = serve(actor, sample_models.scaler())
    message = pb.ModelInferRequest(model_name=name, id="7")
    tensor = message.inputs.add(name="x", datatype="FP32", shape=[2, 4])
    tensor.contents.fp32_contents.extend(X_NF.flat)
    answer = call("ModelInfer", message, pb.ModelInferResponse)
    assert (
        np.frombuffer(answer.raw_output_contents[0], np.float32).tolist()
        == (2 * X_NF).ravel().tolist()
    )
    assert answer.id == "7"


def _request(module):
    tensor = module.InferInput("x", [2, 4], "FP32")
    tensor.set_data_from_numpy(X_NF)
    return tensor


def test_a_stream_answers_in_order_and_outlives_a_refusal(runtime, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    answers = queue.Queue()
    client = triton_grpc.InferenceServerClient(f"127.0.0.1:{runtime.grpc_port}")
    client.start_stream(lambda result, error: answers.put((result, error)), headers=key)
    for model in (name, "absent", name):
        client.async_stream_infer(model, [_request(triton_grpc)], request_id=f"to {model}")
    (first, _), (_, second), (third, _) = [answers.get(timeout=20) for _ in range(3)]
    for answer in (first, third):
        np.testing.assert_array_equal(answer.as_numpy("y"), X_NF * 2)
        response = answer.get_response()
        assert response.id == f"to {name}"
        assert response.parameters["triton_final_response"].bool_param
    assert "no endpoint “absent”" in str(second)
    client.close()


def test_a_stream_of_the_asyncio_client_ends_when_its_key_is_revoked(
    runtime, actor, serve, headers
):
    name, key = serve(actor, sample_models.scaler()), headers(actor)

    async def talk():
        answered = asyncio.Event()

        async def requests():
            yield {"model_name": name, "inputs": [_request(triton_grpc_aio)]}
            await answered.wait()  # the first one may have to load the model
            await asyncio.to_thread(_revoke, actor)
            await asyncio.sleep(1.0)
            yield {"model_name": name, "inputs": [_request(triton_grpc_aio)]}

        client = triton_grpc_aio.InferenceServerClient(f"127.0.0.1:{runtime.grpc_port}")
        seen = []
        try:
            async for result, error in client.stream_infer(requests(), headers=key):
                seen.append(error or result.as_numpy("y").tolist())
                answered.set()
        except grpc.aio.AioRpcError as error:
            seen.append(error)
        await client.close()
        return seen

    first, second = asyncio.run(talk())
    assert first == (2 * X_NF).tolist()
    assert "revoked" in str(second)


def _revoke(actor):
    ApiKey.objects.filter(organisation=actor.organisation).update(revoked_at=timezone.now())


def test_the_use_of_a_key_is_noted(rest, actor, serve):
    name = serve(actor, sample_models.scaler())
    began = timezone.now()
    assert rest.get(f"/v2/models/{name}/ready").status_code == 200
    keys = ApiKey.objects.filter(organisation=actor.organisation)
    for _ in range(100):
        if (used_at := keys.get().last_used_at) is not None:
            break
        asyncio.run(asyncio.sleep(0.05))
    assert used_at >= began
    assert rest.get(f"/v2/models/{name}/ready").status_code == 200
    assert keys.get().last_used_at == used_at
