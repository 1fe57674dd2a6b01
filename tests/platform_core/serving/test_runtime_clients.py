"""Every feature of the protocol through Triton's own clients: HTTP and gRPC, plain and asyncio."""

import ml_dtypes
import numpy as np
import pytest
from tritonclient.utils import InferenceServerException

from platform_core.audit.api import Entry
from tests.ml.runtime import sample_models
from tests.platform_core.serving import native_models
from tests.platform_core.serving.triton import MODULES, Client, sample, words

X_NF = np.float32([[1, 2, 3, 4], [5, 6, 7, 8]])


@pytest.fixture(params=MODULES)
def triton(request, runtime):
    client = Client(request.param, runtime)
    yield client
    client.close()


def test_servers_are_live_ready_and_name_their_extensions(triton):
    assert triton.is_server_live()
    assert triton.is_server_ready()
    found = words(triton.get_server_metadata())
    assert found["name"] == "pentaquark"
    assert {"binary_tensor_data", "classification", "model_repository", "statistics"} <= set(
        found["extensions"]
    )


def test_predictions_by_name_and_version_give_the_request_id_back(triton, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler(3.0)), headers(actor)
    assert triton.is_model_ready(name, headers=key)
    metadata = words(triton.get_model_metadata(name, headers=key))
    assert metadata["inputs"][0]["datatype"] == "FP32"
    asked = [triton.tensor("x", X_NF, "FP32")]
    for version in ("", "1"):
        answer = triton.infer(name, asked, headers=key, model_version=version, request_id="r7")
        np.testing.assert_array_equal(answer.as_numpy("y"), X_NF * 3)
        response = words(answer.get_response())
        assert (response["id"], response["model_version"]) == ("r7", "1")


def test_every_datatype_travels(triton, actor, serve, headers):
    bundle = sample_models.echo()
    name, key = serve(actor, bundle), headers(actor)
    sent = {spec.name: (sample(spec.datatype), spec.datatype) for spec in bundle.manifest.inputs}
    inputs = [triton.tensor(name, *value) for name, value in sent.items()]
    answer = triton.infer(name, inputs, headers=key)
    for input_name, (values, _) in sent.items():
        got = answer.as_numpy(input_name.replace("in_", "out_"))
        np.testing.assert_array_equal(got, values)
        assert got.dtype == values.dtype
    mirror = serve(actor, native_models.mirror())
    halves = np.array([1.5, -2.0, np.inf, np.nan], dtype=ml_dtypes.bfloat16)
    answer = triton.infer(mirror, [triton.tensor("x", halves, "BF16")], headers=key)
    np.testing.assert_array_equal(np.float32(answer.as_numpy("y")), np.float32(halves))


def test_empty_tensors_travel(triton, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    answer = triton.infer(name, [triton.tensor("x", X_NF[:0], "FP32")], headers=key)
    assert answer.as_numpy("y").shape == (0, 4)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_packed_requests_and_answers(triton, actor, serve, headers, algorithm):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    if triton.is_grpc:
        key |= {"accept-encoding": "gzip"}
    rows = np.ones((4000, 4), dtype=np.float32)
    options = triton.packing(algorithm)
    answer = triton.infer(name, [triton.tensor("x", rows, "FP32")], headers=key, **options)
    assert answer.as_numpy("y").sum() == 32_000
    small = triton.infer(name, [triton.tensor("x", X_NF, "FP32")], headers=key, **options)
    np.testing.assert_array_equal(small.as_numpy("y"), X_NF * 2)


def test_the_largest_classes_come_instead_of_scores(triton, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler(1.0)), headers(actor)
    wanted = [triton.wanted("y", class_count=2)]
    scores = np.float32([[0.1, 0.7, 0.2, 0], [9, 0, 0, np.nan]])
    answer = triton.infer(name, [triton.tensor("x", scores, "FP32")], outputs=wanted, headers=key)
    assert answer.as_numpy("y").tolist() == [
        [b"0.700000:1", b"0.200000:2"],
        [b"9.000000:0", b"0.000000:1"],
    ]
    with pytest.raises(InferenceServerException, match="1 to 1000"):
        triton.infer(
            name,
            [triton.tensor("x", scores, "FP32")],
            outputs=[triton.wanted("y", class_count=1001)],
            headers=key,
        )


def test_configuration_and_statistics(triton, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    triton.infer(name, [triton.tensor("x", X_NF, "FP32")], headers=key)
    with pytest.raises(InferenceServerException):
        triton.infer(name, [triton.tensor("x", X_NF.astype(float), "FP64")], headers=key)
    config = words(triton.get_model_config(name, headers=key))
    config = config.get("config", config)
    assert config["name"] == name
    assert config["input"][0]["data_type"] == "TYPE_FP32"
    assert [int(side) for side in config["input"][0]["dims"]] == [-1, 4]
    for asked in ({"model_name": name}, {"model_name": name, "model_version": "1"}, {}):
        found = words(triton.get_inference_statistics(headers=key, **asked))
        (stats,) = (row for row in found["model_stats"] if row["name"] == name)
        assert int(stats["inference_count"]) == 1
        assert int(stats["inference_stats"]["success"]["ns"]) > 0
        assert int(stats["inference_stats"]["fail"]["count"]) == 1
        assert int(stats["memory_usage"][0]["byte_size"]) > 0


def index_of(triton, key):
    found = words(triton.get_model_repository_index(headers=key))
    rows = found if isinstance(found, list) else found.get("models", [])
    return {row["name"]: row["state"] for row in rows}


def test_the_repository_lists_loads_and_unloads_and_the_log_says_who(
    triton, actor, stranger, serve, headers
):
    name, key = serve(actor, sample_models.scaler()), headers(actor, "all")
    hidden = serve(stranger, sample_models.scaler())
    triton.load_model(name, headers=key)
    assert index_of(triton, key)[name] == "READY"
    triton.unload_model(name, headers=key)
    assert index_of(triton, key)[name] == "UNAVAILABLE"
    assert hidden not in index_of(triton, key)
    written = Entry.objects.filter(organisation=actor.organisation, action__startswith="endpoint.")
    assert {"endpoint.load", "endpoint.unload"} <= {entry.action for entry in written}
    answer = triton.infer(name, [triton.tensor("x", X_NF, "FP32")], headers=key)
    np.testing.assert_array_equal(answer.as_numpy("y"), X_NF * 2)
    assert index_of(triton, key)[name] == "READY"
    for action in (triton.load_model, triton.unload_model):
        with pytest.raises(InferenceServerException, match="no endpoint"):
            action(hidden, headers=key)
        with pytest.raises(InferenceServerException, match="does not allow managing"):
            action(name, headers=headers(actor, "predict"))
    with pytest.raises(InferenceServerException, match="as it was registered"):
        triton.load_model(name, headers=key, config="{}")


def test_refusals_are_read_in_words(triton, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    wrong = [triton.tensor("x", X_NF.astype(np.float64), "FP64")]
    right = [triton.tensor("x", X_NF, "FP32")]
    refused = [
        ("'x' is FP64; the model takes FP32", {"inputs": wrong}),
        ("no endpoint “absent”", {"model_name": "absent"}),
        ("has no version '9'", {"model_version": "9"}),
        ("API key", {"headers": {}}),
        ("Sequences are not served", {"sequence_id": 5, "sequence_start": True}),
        ("no output 'z'", {"outputs": [triton.wanted("z")]}),
    ]
    for match, options in refused:
        asked = {"model_name": name, "inputs": right, "headers": key} | options
        with pytest.raises(InferenceServerException, match=match):
            triton.infer(**asked)
    shared = triton.module.InferInput("x", [2, 4], "FP32")
    shared.set_shared_memory("region", 32)
    with pytest.raises(InferenceServerException, match="shared memory is not served"):
        triton.infer(name, [shared], headers=key)


@pytest.mark.parametrize(
    "call",
    [
        "get_trace_settings",
        "get_log_settings",
        "get_system_shared_memory_status",
        "get_cuda_shared_memory_status",
    ],
)
def test_what_is_not_served_is_said(triton, call, headers, actor):
    with pytest.raises(InferenceServerException, match="not served here"):
        getattr(triton, call)(headers=headers(actor))


def test_outputs_as_json_and_binary_side_by_side(runtime, actor, serve, headers):
    name, key = serve(actor, sample_models.echo()), headers(actor)
    for kind in ("http", "http.aio"):
        triton = Client(kind, runtime)
        inputs = []
        for spec in sample_models.echo().manifest.inputs:
            made = triton.module.InferInput(spec.name, [3], spec.datatype)
            is_json = spec.datatype in {"FP32", "BYTES", "BOOL", "UINT64"}
            made.set_data_from_numpy(sample(spec.datatype), binary_data=not is_json)
            inputs.append(made)
        wanted = [
            triton.wanted("out_FP32", binary_data=False),
            triton.wanted("out_BYTES", binary_data=False),
            triton.wanted("out_INT64", binary_data=True),
        ]
        answer = triton.infer(name, inputs, outputs=wanted, headers=key)
        assert answer.as_numpy("out_FP32").tolist() == [1, 0, 1]
        assert answer.as_numpy("out_BYTES").tolist() == ["a", "深圳", ""]
        assert answer.as_numpy("out_INT64").tolist() == [1, 0, 1]
        assert answer.as_numpy("out_BOOL") is None
        triton.close()
