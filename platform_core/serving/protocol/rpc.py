"""Inference requests and answers as gRPC messages."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platform_core.serving.protocol import binary, json_data
from platform_core.serving.protocol import inference_pb2 as pb
from platform_core.serving.protocol.datatypes import (
    DTYPES,
    MAX_ELEMENTS,
    MAX_RANK,
    ProtocolError,
    datatype_of,
)
from platform_core.serving.protocol.incoming import MAX_TENSORS, InferRequest

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
    if not 0 < len(message.inputs) <= MAX_TENSORS:
        raise ProtocolError(f"`inputs` holds 1 to {MAX_TENSORS} tensors.")
    if raw and len(raw) != len(message.inputs):
        raise ProtocolError(
            f"{len(raw)} raw contents came for {len(message.inputs)} inputs; give one for each."
        )
    inputs: dict[str, NDArray[Any]] = {}
    for index, tensor in enumerate(message.inputs):
        if tensor.name in inputs:
            raise ProtocolError(f"Input {tensor.name!r} comes twice.")
        inputs[tensor.name] = _tensor(tensor, raw[index] if raw else None)
    wanted = {output.name: True for output in message.outputs} or None
    return InferRequest(
        inputs, _parameters(message.parameters), message.id, wanted, binary_outputs=True
    )


def _tensor(tensor: Any, raw: bytes | None) -> NDArray[Any]:
    name, datatype, shape = tensor.name, tensor.datatype, tuple(tensor.shape)
    if datatype not in DTYPES:
        raise ProtocolError(f"Input {name!r}: `datatype` is one of {', '.join(DTYPES)}.")
    if len(shape) > MAX_RANK or any(side < 0 for side in shape):
        raise ProtocolError(f"Input {name!r}: shape {list(shape)} is not one of a tensor.")
    if np.prod([side or 1 for side in shape], dtype=float) > MAX_ELEMENTS:
        raise ProtocolError(f"Input {name!r}: `shape` {list(shape)} is larger than any request.")
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


def _parameters(parameters: Any) -> dict[str, Any]:
    chosen = {}
    for key, value in parameters.items():
        choice = value.WhichOneof("parameter_choice")
        if choice and not key.startswith("binary_data"):
            chosen[key] = getattr(value, choice)
    return chosen


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
            raise ProtocolError(f"The model has no output {name!r}; it gives {', '.join(outputs)}.")
        array = outputs[name]
        datatype = datatypes.get(name) or datatype_of(array)
        answer.outputs.add(name=name, datatype=datatype, shape=array.shape)
        answer.raw_output_contents.append(binary.encode(array, datatype))
    return answer
