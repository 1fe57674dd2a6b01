"""Reads an inference request of the REST protocol, JSON or with binary tensors behind the JSON."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from numpy.typing import NDArray

from platform_core.serving.protocol import binary, json_data
from platform_core.serving.protocol.classification import class_count
from platform_core.serving.protocol.datatypes import DTYPES, MAX_ELEMENTS, MAX_RANK, ProtocolError

MAX_TENSORS = 256
MAX_NAME_CHARS = MAX_ID_CHARS = 256
_OWN_PARAMETERS = frozenset({"binary_data_output", "binary_data_size", "binary_data"})


@dataclass(slots=True)
class InferRequest:
    """One request, whichever protocol brought it.

    Attributes:
        inputs: name -> array.
        parameters: the caller's, without those of the protocol itself.
        id: the caller's own mark, given back.
        wanted: output name -> as binary?; None asks for every output.
        binary_outputs: how outputs travel that say nothing themselves.
        classes: output name -> how many of its largest classes are wanted instead of its scores.
    """

    inputs: dict[str, NDArray[Any]]
    parameters: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    wanted: dict[str, bool] | None = None
    binary_outputs: bool = False
    classes: dict[str, int] = field(default_factory=dict)


def decode(body: bytes, json_length: int | None, datatypes: Mapping[str, str]) -> InferRequest:
    """Parse a request body.

    Args:
        body: whole.
        json_length: value of Inference-Header-Content-Length; None means all of it is JSON.
        datatypes: input name -> datatype of the model, for tensors that do not state theirs.

    Raises:
        ProtocolError: malformed, naming the place.
    """
    document = _json(body, json_length)
    parameters = _object(document, "parameters")
    tensors = document.get("inputs")
    if type(tensors) is not list or not 0 < len(tensors) <= MAX_TENSORS:
        raise ProtocolError(f"`inputs` is a list of 1 to {MAX_TENSORS} tensors.")
    reader = _Reader(memoryview(body), len(body) if json_length is None else json_length, datatypes)
    inputs: dict[str, NDArray[Any]] = {}
    for tensor in tensors:
        name, array = reader.read(tensor)
        if name in inputs:
            raise ProtocolError(f"Input {name!r} comes twice.")
        inputs[name] = array
    reader.check_end()
    request = InferRequest(inputs, id=_text(document, "id"))
    if parameters:
        request.binary_outputs = parameters.get("binary_data_output") is True
        request.parameters = own_removed(parameters)
    if document.get("outputs"):
        _read_wanted(document["outputs"], request)
    return request


def own_removed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request that are the model's to read.

    Raises:
        ProtocolError: it is part of a sequence.
    """
    if "sequence_id" in parameters:
        raise ProtocolError(
            "Sequences are not served: no model here keeps state between requests; leave out "
            "`sequence_id`."
        )
    return {key: value for key, value in parameters.items() if key not in _OWN_PARAMETERS}


def refuse_shared_memory(parameters: Mapping[str, Any], name: str) -> None:
    """Refuse a tensor that lies in memory of the caller.

    Raises:
        ProtocolError: it does.
    """
    if "shared_memory_region" in parameters:
        raise ProtocolError(f"Tensor {name[:80]!r}: shared memory is not served; send the data.")


def _json(body: bytes, json_length: int | None) -> dict[str, Any]:
    if json_length is not None and json_length > len(body):
        raise ProtocolError(
            f"Inference-Header-Content-Length is {json_length}, the body has {len(body)} bytes."
        )
    try:
        document = orjson.loads(body if json_length is None else memoryview(body)[:json_length])
    except orjson.JSONDecodeError as error:
        raise ProtocolError(f"The body is not JSON: {error}") from error
    if type(document) is not dict:
        raise ProtocolError("The body is a JSON object with `inputs`.")
    return document


def _object(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    if value is None:
        return {}
    if type(value) is not dict:
        raise ProtocolError(f"`{key}` is an object.")
    return value


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key, "")
    if type(value) is not str or len(value) > MAX_ID_CHARS:
        raise ProtocolError(f"`{key}` is a string of at most {MAX_ID_CHARS} characters.")
    return value


def _read_wanted(outputs: Any, request: InferRequest) -> None:
    if type(outputs) is not list or len(outputs) > MAX_TENSORS:
        raise ProtocolError(f"`outputs` is a list of at most {MAX_TENSORS} objects.")
    request.wanted = {}
    for output in outputs:
        if type(output) is not dict or type(name := output.get("name")) is not str:
            raise ProtocolError("Each of `outputs` is an object with a `name`.")
        parameters = _object(output, "parameters")
        refuse_shared_memory(parameters, name)
        if "classification" in parameters:
            request.classes[name] = class_count(parameters["classification"], name)
        request.wanted[name] = bool(parameters.get("binary_data", request.binary_outputs))


class _Reader:
    """Walks the tensors; binary ones lie one after another behind the JSON."""

    __slots__ = ("_at", "_body", "_datatypes")

    def __init__(self, body: memoryview, at: int, datatypes: Mapping[str, str]) -> None:
        self._body, self._at, self._datatypes = body, at, datatypes

    def read(self, tensor: Any) -> tuple[str, NDArray[Any]]:
        """Return (name, array) of one element of `inputs`."""
        if type(tensor) is not dict:
            raise ProtocolError("Each of `inputs` is an object.")
        name = tensor.get("name")
        if type(name) is not str or not 0 < len(name) <= MAX_NAME_CHARS:
            raise ProtocolError("Each input has a `name`.")
        datatype = tensor.get("datatype") or self._datatypes.get(name)
        if type(datatype) is not str or datatype not in DTYPES:
            raise ProtocolError(f"Input {name!r}: `datatype` is one of {', '.join(DTYPES)}.")
        shape = _shape(tensor.get("shape"), name)
        if "data" in tensor:
            data = tensor["data"]
            return name, json_data.decode(data, name=name, datatype=datatype, shape=shape)
        parameters = _object(tensor, "parameters")
        refuse_shared_memory(parameters, name)
        size = parameters.get("binary_data_size")
        if type(size) is not int or size < 0 or shape is None:
            raise ProtocolError(
                f"Input {name!r} has neither `data` nor `shape` with `binary_data_size`."
            )
        raw = self._body[self._at : self._at + size]
        if len(raw) != size:
            raise ProtocolError(f"Input {name!r}: the body ends before its {size} bytes.")
        self._at += size
        return name, binary.decode(raw, name=name, datatype=datatype, shape=shape)

    def check_end(self) -> None:
        """Refuse bytes that belong to no tensor."""
        if self._at != len(self._body):
            raise ProtocolError(f"{len(self._body) - self._at} bytes follow the last tensor.")


def _shape(value: Any, name: str) -> tuple[int, ...] | None:
    if value is None:
        return None
    if type(value) is not list or len(value) > MAX_RANK:
        raise ProtocolError(f"Input {name!r}: `shape` is a list of at most {MAX_RANK} lengths.")
    for side in value:
        if type(side) is not int or side < 0:
            raise ProtocolError(f"Input {name!r}: `shape` holds {side!r}; lengths are 0 or more.")
    if math.prod(side or 1 for side in value) > MAX_ELEMENTS:
        raise ProtocolError(f"Input {name!r}: `shape` {value} is larger than any request.")
    return tuple(value)
