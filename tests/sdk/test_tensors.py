"""Arrays over the inference protocol, with and without NumPy."""

import json
import subprocess
import sys

import numpy as np
import pytest

from pentaquark.core import tensors
from pentaquark.core.errors import PentaquarkError


def echoed(body: bytes, headers: dict[str, str]) -> dict[str, object]:
    """Take a request for an answer: the same tensors come back."""
    at = int(headers.get(tensors.HEADER, len(body)))
    document = json.loads(body[:at])
    document["outputs"] = document.pop("inputs")
    head = json.dumps(document).encode()
    return tensors.unpack(head + body[at:], str(len(head)))["outputs"]


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint8", "int64", "float16", "float32", "float64"]
)
def test_arrays_travel_as_bytes(dtype: str) -> None:
    rows = np.arange(6).reshape(2, 3).astype(dtype)
    body, headers = tensors.pack({"x": rows}, {}, None)
    assert headers["Content-Type"] == "application/octet-stream"
    back = echoed(body, headers)["x"]
    assert back.dtype == rows.dtype
    assert back.tolist() == rows.tolist()


def test_lists_take_the_datatype_of_the_signature() -> None:
    body, headers = tensors.pack({"x": [[1, 2], [3, 4]]}, {"x": "FP32"}, {"operation": "score"})
    document = json.loads(body[: int(headers[tensors.HEADER])])
    assert document["inputs"][0]["datatype"] == "FP32"
    assert document["inputs"][0]["shape"] == [2, 2]
    assert document["parameters"] == {"operation": "score", "binary_data_output": True}


def test_arrays_of_another_type_are_brought_to_the_signatures() -> None:
    back = echoed(*tensors.pack({"x": np.ones((1, 2))}, {"x": "FP32"}, None))["x"]
    assert back.dtype == np.float32


def test_texts_go_as_json_in_any_language() -> None:
    body, headers = tensors.pack({"user": ["ü", "名"]}, {"user": "BYTES"}, None)
    assert tensors.HEADER not in headers
    tensor = json.loads(body)["inputs"][0]
    assert (tensor["datatype"], tensor["shape"], tensor["data"]) == ("BYTES", [2], ["ü", "名"])


def test_texts_come_back_as_bytes_with_lengths() -> None:
    raw = b"".join(len(t).to_bytes(4, "little") + t for t in ("ü".encode(), b""))
    described = {
        "name": "t",
        "datatype": "BYTES",
        "shape": [2],
        "parameters": {"binary_data_size": len(raw)},
    }
    head = json.dumps({"outputs": [described]}).encode()
    assert tensors.unpack(head + raw, str(len(head)))["outputs"]["t"].tolist() == ["ü", ""]


@pytest.mark.parametrize(
    ("value", "shape", "datatype"),
    [
        ([[1, 2, 3]], [1, 3], "INT64"),
        (5, [1], "INT64"),
        ([True], [1], "BOOL"),
        ([[[0.5]]], [1, 1, 1], "FP32"),
    ],
)
def test_shapes_and_types_of_lists(value: object, shape: list[int], datatype: str) -> None:
    tensor = json.loads(tensors.pack({"x": value}, {}, None)[0])["inputs"][0]
    assert (tensor["shape"], tensor["datatype"]) == (shape, datatype)


def test_ragged_lists_are_refused() -> None:
    with pytest.raises(PentaquarkError, match="ragged"):
        tensors.pack({"x": [[1, 2], [3]]}, {}, None)
    with pytest.raises(PentaquarkError, match="“x”"):
        tensors.pack({"x": [[1, 2], [3]]}, {"x": "FP32"}, None)


def test_without_numpy_lists_go_and_come() -> None:
    code = """
from pentaquark.core import tensors
body, headers = tensors.pack({"x": [[1, 2], [3, 4]]}, {"x": "FP32"}, None)
assert b"binary" not in body, body
answer = b'{"outputs": [{"name": "y", "datatype": "FP32", "shape": [2, 2], "data": [1, 2, 3, 4]}]}'
print(tensors.unpack(answer, None)["outputs"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'y': [[1, 2], [3, 4]]}"
