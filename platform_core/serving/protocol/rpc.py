"""Inference requests and answers as gRPC messages."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platform_core.serving.protocol import binary, json_data
from platform_core.serving.protocol import inference_pb2 as pb
from platform_core.serving.protocol.classification import class_count
from platform_core.serving.protocol.datatypes import (
    DTYPES,
    MAX_ELEMENTS,
    MAX_RANK,
    ProtocolError,
)
from platform_core.serving.protocol.incoming import (
    MAX_ID_CHARS,
    MAX_NAME_CHARS,
    MAX_TENSORS,
    InferRequest,
    own_removed,
    refuse_shared_memory,
)
from platform_core.serving.protocol.outgoing import answered

_CONTENTS = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


def decode(message: Any) -> InferRequest:
    """Return the request of a ModelInferRequest.

    Raises:
        ProtocolError: malformed, naming the tensor.
    """
    raw = message.raw_input_contents
    if not 0 < len(message.inputs) <= MAX_TENSORS or len(message.outputs) > MAX_TENSORS:
        raise ProtocolError(f"`inputs` holds 1 to {MAX_TENSORS} tensors, `outputs` no more.")
    if len(message.id) > MAX_ID_CHARS:
        raise ProtocolError(f"`id` is a string of at most {MAX_ID_CHARS} characters.")
    if raw and len(raw) != len(message.inputs):
        raise ProtocolError(
            f"{len(raw)} raw contents came for {len(message.inputs)} inputs; give one for each."
        )
    inputs: dict[str, NDArray[Any]] = {}
    for index, tensor in enumerate(message.inputs):
        if tensor.name in inputs:
            raise ProtocolError(f"Input {tensor.name!r} comes twice.")
        inputs[tensor.name] = _tensor(tensor, raw[index] if raw else None)
    request = InferRequest(inputs, _parameters(message.parameters), message.id)
    request.binary_outputs = True
    if message.outputs:
        _read_wanted(message.outputs, request)
    return request


def _read_wanted(outputs: Any, request: InferRequest) -> None:
    request.wanted = {}
    for output in outputs:
        request.wanted[output.name] = True
        if not output.parameters:
            continue
        refuse_shared_memory(output.parameters, output.name)
        if "classification" in output.parameters:
            count = output.parameters["classification"].int64_param
            request.classes[output.name] = class_count(count, output.name)


def _tensor(tensor: Any, raw: bytes | None) -> NDArray[Any]:
    name, datatype, shape = tensor.name, tensor.datatype, tuple(tensor.shape)
    _check_head(tensor, name, datatype, shape)
    if raw is not None:
        return binary.decode(memoryview(raw), name=name, datatype=datatype, shape=shape)
    if datatype not in _CONTENTS:
        raise ProtocolError(f"Input {name!r}: {datatype} travels in raw_input_contents only.")
    values = list(getattr(tensor.contents, _CONTENTS[datatype]))
    if datatype == "BYTES":
        packed = np.empty(len(values), dtype=object)
        packed[:] = values
        content = memoryview(binary.encode(packed, "BYTES"))
        return binary.decode(content, name=name, datatype=datatype, shape=shape)
    return json_data.decode(values, name=name, datatype=datatype, shape=shape)


def _check_head(tensor: Any, name: str, datatype: str, shape: tuple[int, ...]) -> None:
    if not 0 < len(name) <= MAX_NAME_CHARS:
        raise ProtocolError("Each input has a `name`.")
    if tensor.parameters:
        refuse_shared_memory(tensor.parameters, name)
    if datatype not in DTYPES:
        raise ProtocolError(f"Input {name!r}: `datatype` is one of {', '.join(DTYPES)}.")
    if len(shape) > MAX_RANK or any(side < 0 for side in shape):
        raise ProtocolError(f"Input {name!r}: shape {list(shape)[:20]} is not one of a tensor.")
    if math.prod(side or 1 for side in shape) > MAX_ELEMENTS:
        raise ProtocolError(f"Input {name!r}: `shape` {list(shape)} is larger than any request.")


def _parameters(parameters: Any) -> dict[str, Any]:
    if not parameters:
        return {}
    chosen = {}
    for key, value in parameters.items():
        if (choice := value.WhichOneof("parameter_choice")) is not None:
            chosen[key] = getattr(value, choice)
    return own_removed(chosen)


def encode(
    request: InferRequest,
    outputs: Mapping[str, NDArray[Any]],
    *,
    model: tuple[str, str],
    datatypes: Mapping[str, str],
) -> Any:
    """Return a ModelInferResponse with raw contents.

    Raises:
        ProtocolError: an output the model does not have.
    """
    answer = pb.ModelInferResponse(model_name=model[0], model_version=model[1], id=request.id)
    for name in request.wanted or outputs:
        if name not in outputs:
            raise ProtocolError(
                f"The model has no output {name[:80]!r}; it gives {', '.join(outputs)}."
            )
        array, datatype = answered(request, name, outputs[name], datatypes)
        answer.outputs.add(name=name, datatype=datatype, shape=array.shape)
        answer.raw_output_contents.append(binary.encode(array, datatype))
    return answer
