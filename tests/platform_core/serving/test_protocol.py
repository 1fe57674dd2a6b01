import math
import tracemalloc

import numpy as np
import orjson
import pytest
import tritonclient.http as triton
from hypothesis import given
from hypothesis import strategies as st

from platform_core.serving.protocol import calling, incoming, outgoing
from platform_core.serving.protocol.datatypes import DTYPES, ProtocolError


def decode(document, datatypes=None):
    return incoming.decode(orjson.dumps(document), None, datatypes or {})


def tensor(**fields):
    return {"inputs": [{"name": "x", **fields}]}


SAMPLES = {
    "BOOL": [True, False],
    "BYTES": ["a", "深圳\x00"],
    **{name: [1, 3] for name in DTYPES if "INT" in name},
    **{name: [0.5, -2.0] for name in DTYPES if "F" in name},
}


@pytest.mark.parametrize("datatype", DTYPES)
@pytest.mark.parametrize("as_binary", [True, False])
def test_every_datatype_survives_a_round_trip(datatype, as_binary):
    values = SAMPLES[datatype]
    if datatype == "BYTES":
        values = [value.encode() for value in values]
    sent = np.array(values, dtype=DTYPES[datatype])
    request = incoming.InferRequest({}, id="7", binary_outputs=as_binary)
    body, length = outgoing.encode(
        request, {"y": sent}, model=("m", "3"), datatypes={"y": datatype}
    )
    document, outputs = calling.decode_answer(body, length)
    assert document == {"model_name": "m", "model_version": "3", "id": "7"}
    np.testing.assert_array_equal(outputs["y"], sent)
    again = {"name": "x", "datatype": datatype, "shape": [2], "data": SAMPLES[datatype]}
    np.testing.assert_array_equal(decode({"inputs": [again]}).inputs["x"], sent)


@given(st.lists(st.binary(max_size=20), max_size=9))
def test_byte_strings_travel_as_triton_writes_them(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    given_input = triton.InferInput("x", [len(values)], "BYTES").set_data_from_numpy(array)
    body, length = triton.InferenceServerClient.generate_request_body([given_input])
    assert incoming.decode(body, length, {}).inputs["x"].tolist() == values


def test_a_request_written_by_us_is_read_back():
    body, length = calling.encode_request(
        {"a": np.arange(6, dtype=np.int64).reshape(2, 3), "b": [["é"]]}, {"operation": "score"}
    )
    request = incoming.decode(body, length, {"b": "BYTES"})
    assert request.inputs["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert request.inputs["b"].tolist() == [["é".encode()]]
    assert request.parameters == {"operation": "score"}
    assert request.binary_outputs


def test_nested_and_flat_data_are_the_same():
    nested = decode(tensor(datatype="FP32", shape=[2, 2], data=[[1, 2], [3, 4]])).inputs["x"]
    flat = decode(tensor(datatype="FP32", shape=[2, 2], data=[1, 2, 3, 4])).inputs["x"]
    assert nested.tolist() == flat.tolist()


def test_null_is_not_a_number_both_ways():
    array = decode(tensor(datatype="FP32", shape=[2], data=[1.5, None])).inputs["x"]
    assert math.isnan(array[1])
    body, _ = outgoing.encode(
        incoming.InferRequest({}), {"y": array}, model=("m", "1"), datatypes={}
    )
    assert orjson.loads(body)["outputs"][0]["data"] == [1.5, None]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"datatype": "FP31", "shape": [1], "data": [1]}, "datatype"),
        ({"datatype": ["FP32"], "shape": [1], "data": [1]}, "datatype"),
        ({"datatype": "FP32", "shape": [2], "data": [1]}, "1 elements came, shape .2. takes 2"),
        ({"datatype": "FP32", "shape": [-1], "data": [1]}, "0 or more"),
        ({"datatype": "FP32", "shape": [True], "data": [1]}, "0 or more"),
        ({"datatype": "FP32", "shape": [1] * 17, "data": [1]}, "at most 16"),
        ({"datatype": "FP32", "shape": [0, 2**63], "data": []}, "larger than any"),
        ({"datatype": "FP32", "shape": "1", "data": [1]}, "shape"),
        ({"datatype": "FP32", "shape": [1], "data": ["1.5"]}, "not FP32"),
        ({"datatype": "FP32", "shape": [1], "data": [True]}, "not FP32"),
        ({"datatype": "FP32", "shape": [2], "data": [[1, 2], [3]]}, "ragged"),
        ({"datatype": "FP32", "shape": [1], "data": 5}, "is a list"),
        ({"datatype": "INT8", "shape": [1], "data": [300]}, "300 does not fit INT8"),
        ({"datatype": "UINT8", "shape": [1], "data": [-1]}, "-1 does not fit UINT8"),
        ({"datatype": "INT64", "shape": [1], "data": [1.5]}, "not INT64"),
        ({"datatype": "INT64", "shape": [1], "data": [2**63]}, "does not fit INT64"),
        ({"datatype": "BOOL", "shape": [1], "data": [1]}, "not BOOL"),
        ({"datatype": "BYTES", "shape": [1], "data": [1]}, "strings"),
        ({"datatype": "BYTES", "shape": [2], "data": [["a"], "b"]}, "ragged|strings"),
        ({"datatype": "FP32", "shape": [1]}, "neither"),
        ({"datatype": "FP32", "shape": [1], "parameters": {"binary_data_size": 4}}, "ends before"),
        ({"datatype": "FP32", "shape": [1], "parameters": 5}, "is an object"),
    ],
)
def test_a_malformed_tensor_is_refused_by_name(fields, words):
    with pytest.raises(ProtocolError, match=words):
        decode(tensor(**fields))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"inputs":[]}',
        b'{"inputs":{}}',
        b'{"inputs":[7]}',
        b'{"inputs":[{"name":5}]}',
        b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}],"id":7}',
        b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}],"outputs":7}',
        b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}],"outputs":[{}]}',
        b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}],"parameters":[]}',
        b'{"inputs":[{"name":"x","datatype":"INT8","data":[1]},{"name":"x","datatype":"INT8","data":[1]}]}',
        b"[" * 5000,
    ],
)
def test_a_malformed_document_is_refused(body):
    with pytest.raises(ProtocolError):
        incoming.decode(body, None, {})


@given(st.binary(max_size=64), st.integers(0, 80))
def test_random_bodies_are_refused_without_another_error(body, length):
    with pytest.raises(ProtocolError):
        incoming.decode(body, length, {})


@given(st.binary(max_size=40), st.sampled_from(list(DTYPES)), st.integers(0, 2**40))
def test_random_binary_tensors_are_read_or_refused(raw, datatype, side):
    head = orjson.dumps(
        tensor(datatype=datatype, shape=[side], parameters={"binary_data_size": len(raw)})
    )
    try:
        request = incoming.decode(head + raw, len(head), {})
    except ProtocolError:
        return
    assert request.inputs["x"].shape == (side,)


def test_long_texts_among_numbers_are_refused_before_they_are_padded():
    document = tensor(datatype="FP32", data=["x" * 20_000, *["a"] * 1000])
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="not FP32"):
            decode(document)
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20  # padded it takes 80 MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("datatype", ["FP32", "BYTES"])
@pytest.mark.parametrize("depth", [17, 63, 200])
def test_data_nested_deeper_than_any_tensor_is_refused(datatype, depth):
    nested: list[object] = ["1" if datatype == "BYTES" else 1]
    for _ in range(depth - 1):
        nested = [nested]
    with pytest.raises(ProtocolError, match="deeper"):
        decode(tensor(datatype=datatype, data=nested))


def test_bytes_after_the_last_tensor_are_refused():
    head = orjson.dumps(tensor(datatype="INT8", shape=[1], parameters={"binary_data_size": 1}))
    with pytest.raises(ProtocolError, match="2 bytes follow"):
        incoming.decode(head + b"\x01\x02\x03", len(head), {})


def test_an_unknown_output_is_named():
    request = incoming.InferRequest({}, wanted={"z": False})
    with pytest.raises(ProtocolError, match="no output 'z'; it gives y"):
        outgoing.encode(request, {"y": np.zeros(1)}, model=("m", "1"), datatypes={})


def test_bytes_that_are_no_text_ask_for_binary():
    request = incoming.InferRequest({})
    outputs = {"y": np.array([b"\xff"], dtype=object)}
    with pytest.raises(ProtocolError, match="ask for binary"):
        outgoing.encode(request, outputs, model=("m", "1"), datatypes={})
