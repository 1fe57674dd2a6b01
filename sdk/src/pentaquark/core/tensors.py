"""Arrays to Open Inference Protocol v2 bodies and back; binary with NumPy, JSON without it."""

import json
import struct
import sys
from collections.abc import Mapping
from typing import Any

from pentaquark.core.errors import PentaquarkError

HEADER = "Inference-Header-Content-Length"
_DATATYPES = {
    "bool": "BOOL", "int8": "INT8", "int16": "INT16", "int32": "INT32", "int64": "INT64",
    "uint8": "UINT8", "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64",
    "float16": "FP16", "float32": "FP32", "float64": "FP64",
}  # fmt: skip
_NUMPY = {datatype: name for name, datatype in _DATATYPES.items()}


def pack(
    inputs: Mapping[str, Any], datatypes: Mapping[str, str], parameters: Mapping[str, Any] | None
) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of an inference request.

    Args:
        inputs: name -> array or nested list; lists take the datatype the model's signature says.
        datatypes: name -> datatype of the signature.
        parameters: of the request.
    """
    described, raw = [], []
    for name, value in inputs.items():
        tensor, content = _packed(name, value, datatypes.get(name, ""))
        described.append(tensor)
        if content is not None:
            raw.append(content)
    document: dict[str, Any] = {"inputs": described}
    given = dict(parameters or {})
    if "numpy" in sys.modules:  # the caller can take arrays
        given["binary_data_output"] = True
    if given:
        document["parameters"] = given
    head = json.dumps(document, separators=(",", ":")).encode()
    if not raw:
        return head, {"Content-Type": "application/json"}
    headers = {"Content-Type": "application/octet-stream", HEADER: str(len(head))}
    return b"".join([head, *raw]), headers


def unpack(body: bytes, header_bytes: str | None) -> dict[str, Any]:
    """Return the answer with `outputs` as name -> array (NumPy when it is loaded, else nested lists)."""
    at = int(header_bytes) if header_bytes else len(body)
    answer = json.loads(body[:at])
    outputs = {}
    for tensor in answer.get("outputs", []):
        size = tensor.get("parameters", {}).get("binary_data_size")
        if size is None:
            outputs[tensor["name"]] = _from_json(tensor)
        else:
            outputs[tensor["name"]] = _from_bytes(tensor, body[at : at + size])
            at += size
    answer["outputs"] = outputs
    return dict(answer)


def _packed(name: str, value: Any, datatype: str) -> tuple[dict[str, Any], bytes | None]:
    if not hasattr(value, "dtype"):
        if "numpy" not in sys.modules or datatype not in _NUMPY:
            return _as_json(name, value, datatype), None
        value = _array(name, value, _NUMPY[datatype])
    if hasattr(value, "detach"):  # a tensor of PyTorch
        value = value.detach().cpu().numpy()
    if datatype in _NUMPY and value.dtype.name != _NUMPY[datatype] and value.dtype.kind in "biuf":
        value = value.astype(_NUMPY[datatype])
    if value.dtype.name not in _DATATYPES:
        return _as_json(name, value.tolist(), datatype or "BYTES"), None
    content = value.tobytes()
    tensor = {
        "name": name,
        "datatype": _DATATYPES[value.dtype.name],
        "shape": list(value.shape),
        "parameters": {"binary_data_size": len(content)},
    }
    return tensor, content


def _array(name: str, value: Any, dtype: str) -> Any:
    import numpy as np  # noqa: PLC0415  (an extra; loaded by the caller already)

    try:
        return np.asarray(value, dtype)
    except (ValueError, TypeError) as error:
        raise PentaquarkError(f"“{name}” is no array of {dtype}: {error}.") from error


def _as_json(name: str, value: Any, datatype: str) -> dict[str, Any]:
    shape, flat = _flattened(value)
    guessed = datatype or _guess(flat)
    return {"name": name, "datatype": guessed, "shape": shape, "data": flat}


def _flattened(value: Any) -> tuple[list[int], list[Any]]:
    if not isinstance(value, list | tuple):
        return [1], [value]
    shape, level = [], list(value)
    while True:
        shape.append(len(level))
        if not level or not isinstance(level[0], list | tuple):
            break
        if any(not isinstance(e, list | tuple) or len(e) != len(level[0]) for e in level):
            raise PentaquarkError("A nested list is ragged.", remedy="Give rows of one length.")
        level = [each for row in level for each in row]
    # lengths so far count all elements of a level: divide to get the extents
    return [n // m for n, m in zip(shape, [1, *shape[:-1]], strict=True)], level


def _guess(flat: list[Any]) -> str:
    if all(isinstance(each, bool) for each in flat):
        return "BOOL"
    if all(isinstance(each, int) for each in flat):
        return "INT64"
    return "BYTES" if any(isinstance(each, str) for each in flat) else "FP32"


def _from_json(tensor: Mapping[str, Any]) -> Any:
    data, shape = tensor["data"], tensor["shape"]
    if "numpy" in sys.modules and tensor["datatype"] in _NUMPY:
        import numpy as np  # noqa: PLC0415

        return np.asarray(data, _NUMPY[tensor["datatype"]]).reshape(shape)
    return _shaped(data, shape)


def _shaped(data: list[Any], shape: list[int]) -> list[Any]:
    if data and isinstance(data[0], list):
        return data
    for extent in reversed(shape[1:]):
        data = [data[at : at + extent] for at in range(0, len(data), extent)] if extent else []
    return data


def _from_bytes(tensor: Mapping[str, Any], raw: bytes) -> Any:
    import numpy as np  # noqa: PLC0415

    if tensor["datatype"] == "BYTES":
        return np.array(_texts(raw), dtype=object).reshape(tensor["shape"])
    return np.frombuffer(raw, _NUMPY[tensor["datatype"]]).reshape(tensor["shape"])


def _texts(raw: bytes) -> list[str]:
    found, at = [], 0
    while at < len(raw):
        (size,) = struct.unpack_from("<I", raw, at)
        found.append(raw[at + 4 : at + 4 + size].decode("utf-8", "replace"))
        at += 4 + size
    return found
