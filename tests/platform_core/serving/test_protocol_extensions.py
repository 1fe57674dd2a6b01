from dataclasses import dataclass

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.common.bundle import TensorSpec
from platform_core.serving.protocol import classification, incoming, raw_body
from platform_core.serving.protocol.datatypes import ProtocolError
from platform_core.serving.runtime import packing
from platform_core.serving.runtime.paths import Paths
from platform_core.serving.runtime.refusals import CODES, Refusal


@dataclass(frozen=True)
class Signature:
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...] = ()
    flavour: str = "onnx"


def one(datatype, *shape, optional=False):
    return TensorSpec("x", datatype, shape, optional)


@pytest.mark.parametrize(
    ("spec", "body", "shape"),
    [
        (one("FP32", -1, 2), b"\0" * 16, (2, 2)),
        (one("FP32", 2, 2), b"\0" * 16, (2, 2)),
        (one("BF16", -1), b"\0" * 4, (2,)),
        (one("INT8", 3, -1), b"123456", (3, 2)),
        (one("BYTES", -1, 1), b"anything", (1, 1)),
    ],
)
def test_a_raw_body_tells_its_shape(spec, body, shape):
    request = raw_body.decode(body, Signature((spec,)))
    assert request.inputs["x"].shape == shape
    assert request.binary_outputs


@pytest.mark.parametrize(
    ("specs", "body", "words"),
    [
        ((one("FP32", -1, 2),), b"\0" * 12, "12 bytes are no FP32"),
        ((one("FP32", 2),), b"\0" * 4, "4 bytes"),
        ((one("FP32", -1, -1),), b"\0" * 4, "2 open lengths"),
        ((one("BYTES", 2),), b"a", "takes more"),
        ((one("FP32", -1, 0),), b"abcd", "4 bytes"),
        ((one("FP32", 1), one("FP32", 1)), b"abcd", "takes 2"),
        ((), b"abcd", "takes 0"),
    ],
)
def test_a_raw_body_that_fits_no_shape_is_refused(specs, body, words):
    with pytest.raises(ProtocolError, match=words):
        raw_body.decode(body, Signature(specs))


def test_an_optional_input_does_not_count_for_a_raw_body():
    other = TensorSpec("y", "FP32", (1,), optional=True)
    request = raw_body.decode(b"\0" * 4, Signature((one("FP32", 1), other)))
    assert list(request.inputs) == ["x"]


def test_the_largest_classes_of_every_row_come_first():
    scores = np.float32([[0.5, np.nan, 2], [1, 1, -1]])
    assert classification.largest(scores, 2, "y").tolist() == [
        [b"2.000000:2", b"0.500000:0"],
        [b"1.000000:0", b"1.000000:1"],
    ]
    counts = np.array([0, 255, 7], dtype=np.uint8)
    assert classification.largest(counts, 9, "y").tolist() == [b"255:1", b"7:2", b"0:0"]
    for unfit in (np.array([b"a"], dtype=object), np.float32(1), np.array([True])):
        with pytest.raises(ProtocolError, match="no scores"):
            classification.largest(np.asarray(unfit), 1, "y")


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"outputs": [{"name": "y", "parameters": {"classification": 0}}]}, "1 to 1000"),
        ({"outputs": [{"name": "y", "parameters": {"classification": True}}]}, "1 to 1000"),
        (
            {"outputs": [{"name": "y", "parameters": {"shared_memory_region": "r"}}]},
            "shared memory",
        ),
        ({"parameters": {"sequence_id": 3}}, "Sequences are not served"),
    ],
)
def test_what_is_not_served_is_refused_by_name(extra, words):
    document = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]} | extra
    with pytest.raises(ProtocolError, match=words):
        incoming.decode(orjson.dumps(document), None, {})


def test_large_unsigned_integers_are_exact():
    values = [1, 2**63, 2**64 - 1]
    body = b'{"inputs": [{"name": "x", "datatype": "UINT64", "data": [1, %d, %d]}]}'
    assert incoming.decode(body % tuple(values[1:]), None, {}).inputs["x"].tolist() == values
    for wrong in (b"[1, 9223372036854775808, -1]", b"[1.5, 9223372036854775808]"):
        document = b'{"inputs": [{"name": "x", "datatype": "UINT64", "data": %s}]}' % wrong
        with pytest.raises(ProtocolError, match="UINT64"):
            incoming.decode(document, None, {})


@given(st.binary(max_size=300), st.sampled_from([b"gzip", b"deflate"]))
def test_what_was_packed_is_unpacked(body, encoding):
    packed = packing.pack(body, encoding)
    assert packing.unpack(packed, encoding, 1000) == body
    for broken, status in ((packed[:-1], 400), (packed + b"x", 400), (b"?" + packed, 400)):
        with pytest.raises(Refusal) as refused:
            packing.unpack(broken, encoding, 1000)
        assert refused.value.status == status


def test_a_bomb_is_refused_at_the_limit():
    with pytest.raises(Refusal) as refused:
        packing.unpack(packing.pack(b" " * 10**6, b"gzip"), b"gzip", 1000)
    assert refused.value.status == 413


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (b"gzip", b"gzip"),
        (b"deflate", b"deflate"),
        (b"br, Deflate;q=0.5, GZIP", b"gzip"),
        (b"gzip;q=0, deflate", b"deflate"),
        (b"gzip;q=0", b""),
        (b"br", b""),
        (b"", b""),
    ],
)
def test_the_encoding_of_an_answer_is_one_the_caller_takes(header, encoding):
    assert packing.accepted({b"accept-encoding": header}) == encoding


@pytest.mark.parametrize(
    ("path", "action", "name", "version"),
    [
        ("/v2/models/m/infer", "infer", "m", ""),
        ("/v2/models/m/versions/3/config", "config", "m", "3"),
        ("/v2/models/stats", "stats", "", ""),
        ("/v2/models/m/stats", "stats", "m", ""),
        ("/v2/repository/models/m/unload", "unload", "m", ""),
        ("/v2/models/m/versions/1/trace/setting", "not_served", "trace", ""),
        ("/v2/models/m/infer/", "page", "/v2/models/m/infer/", ""),
        ("/v2/models//infer", "page", "/v2/models//infer", ""),
        ("/v2/models/m/infer\n", "page", "/v2/models/m/infer\n", ""),
    ],
)
def test_addresses_mean_one_thing(path, action, name, version):
    target = Paths().target(path)
    assert (target.action, target.name, target.version) == (action, name, version)


def test_every_status_has_a_code():
    assert len(set(CODES.values())) == len(CODES)
    assert all(Refusal(status, "no").code == code for status, code in CODES.items())
