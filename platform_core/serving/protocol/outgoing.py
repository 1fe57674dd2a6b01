"""Writes the answer of an inference in the REST protocol."""

from collections.abc import Mapping
from typing import Any

import orjson
from numpy.typing import NDArray

from platform_core.serving.protocol import binary, classification, json_data
from platform_core.serving.protocol.datatypes import ProtocolError, datatype_of
from platform_core.serving.protocol.incoming import InferRequest


def encode(
    request: InferRequest,
    outputs: Mapping[str, NDArray[Any]],
    *,
    model: tuple[str, str],
    datatypes: Mapping[str, str],
) -> tuple[bytes, int | None]:
    """Return (body, length of its JSON part; None when all of it is JSON).

    Args:
        request: says which outputs are wanted and how.
        outputs: the model's.
        model: (name, version) that answered.
        datatypes: output name -> datatype of the model's signature.

    Raises:
        ProtocolError: an output the model does not have, or bytes that JSON cannot carry.
    """
    described: list[dict[str, Any]] = []
    raw: list[bytes] = []
    for name, as_binary in _chosen(request, outputs):
        array, datatype = answered(request, name, outputs[name], datatypes)
        tensor: dict[str, Any] = {"name": name, "datatype": datatype, "shape": array.shape}
        if as_binary:
            content = binary.encode(array, datatype)
            tensor["parameters"] = {"binary_data_size": len(content)}
            raw.append(content)
        else:
            tensor["data"] = json_data.encode(array, datatype, name)
        described.append(tensor)
    document: dict[str, Any] = {"model_name": model[0], "model_version": model[1]}
    if request.id:
        document["id"] = request.id
    document["outputs"] = described
    head = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    if not raw:
        return head, None
    return b"".join((head, *raw)), len(head)


def answered(
    request: InferRequest, name: str, array: NDArray[Any], datatypes: Mapping[str, str]
) -> tuple[NDArray[Any], str]:
    """Return an output as the caller wants it, and its datatype.

    Raises:
        ProtocolError: classes are wanted of what has no scores.
    """
    if name in request.classes:
        return classification.largest(array, request.classes[name], name), "BYTES"
    return array, datatypes.get(name) or datatype_of(array)


def _chosen(request: InferRequest, outputs: Mapping[str, NDArray[Any]]) -> list[tuple[str, bool]]:
    if request.wanted is None:
        return [(name, request.binary_outputs) for name in outputs]
    for name in request.wanted:
        if name not in outputs:
            raise ProtocolError(
                f"The model has no output {name[:80]!r}; it gives {', '.join(outputs)}."
            )
    return list(request.wanted.items())
