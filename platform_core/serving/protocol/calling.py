"""The caller's side of the REST protocol: requests written, answers read."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from platform_core.serving.protocol import binary, json_data
from platform_core.serving.protocol.datatypes import ProtocolError, datatype_of


def encode_request(inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> tuple[bytes, int]:
    """Return (body, length of its JSON part): arrays travel as binary, lists as JSON."""
    described: list[dict[str, Any]] = []
    raw: list[bytes] = []
    for name, value in inputs.items():
        if isinstance(value, np.ndarray):
            datatype = datatype_of(value)
            content = binary.encode(value, datatype)
            raw.append(content)
            described.append(
                {
                    "name": name,
                    "datatype": datatype,
                    "shape": value.shape,
                    "parameters": {"binary_data_size": len(content)},
                }
            )
        else:  # the runtime takes datatype and shape from the model's signature and the nesting
            described.append({"name": name, "data": value})
    document = {
        "inputs": described,
        "parameters": {**parameters, "binary_data_output": True},
    }
    try:
        head = orjson.dumps(document)
    except TypeError as error:
        raise ProtocolError(f"The inputs cannot be written as JSON: {error}") from error
    return b"".join((head, *raw)), len(head)


def decode_answer(
    body: bytes, json_length: int | None
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return (document without data, outputs)."""
    at = len(body) if json_length is None else json_length
    view = memoryview(body)
    document = orjson.loads(view[:at])
    outputs: dict[str, NDArray[Any]] = {}
    for tensor in document.pop("outputs"):
        name, datatype, shape = tensor["name"], tensor["datatype"], tuple(tensor["shape"])
        if "data" in tensor:
            outputs[name] = json_data.decode(
                tensor["data"], name=name, datatype=datatype, shape=shape
            )
            continue
        size = tensor["parameters"]["binary_data_size"]
        raw = view[at : at + size]
        outputs[name] = binary.decode(raw, name=name, datatype=datatype, shape=shape)
        at += size
    return document, outputs
