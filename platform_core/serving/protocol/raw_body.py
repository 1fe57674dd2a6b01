"""A request that is nothing but the bytes of one tensor (Inference-Header-Content-Length: 0)."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platform_core.serving.protocol import binary
from platform_core.serving.protocol.datatypes import WIRE_BYTES, ProtocolError
from platform_core.serving.protocol.describing import Signature, Tensor
from platform_core.serving.protocol.incoming import InferRequest


def decode(body: bytes, signature: Signature) -> InferRequest:
    """Return the request for a model with one input, whose shape the length of the body tells.

    As Triton has it: outputs come back binary, and the body of a BYTES input is its one element, without a
    length before it.

    Raises:
        ProtocolError: the model takes more than one input, or the length fits no shape of it.
    """
    needed = [spec for spec in signature.inputs if not spec.optional]
    if len(needed) != 1:
        raise ProtocolError(
            f"A raw body is one tensor, this model takes {len(needed)}; name them in JSON."
        )
    spec = needed[0]
    array = _one_text(body, spec) if spec.datatype == "BYTES" else _numbers(body, spec)
    return InferRequest({spec.name: array}, binary_outputs=True)


def _one_text(body: bytes, spec: Tensor) -> NDArray[Any]:
    if any(side not in {-1, 1} for side in spec.shape):
        raise ProtocolError(f"A raw body is one element, {spec.name!r} takes more.")
    array = np.empty(1, dtype=object)
    array[0] = body
    return array.reshape((1,) * len(spec.shape))


def _numbers(body: bytes, spec: Tensor) -> NDArray[Any]:
    known = math.prod(side for side in spec.shape if side >= 0) * WIRE_BYTES[spec.datatype]
    open_sides = spec.shape.count(-1)
    if open_sides > 1:
        raise ProtocolError(
            f"Input {spec.name!r} has {open_sides} open lengths, a raw body tells one; name the "
            "shape in JSON."
        )
    length = len(body) // known if known else 0
    if known * (length if open_sides else 1) != len(body):
        raise ProtocolError(
            f"{len(body)} bytes are no {spec.datatype} of shape {list(spec.shape)} (-1: any length)."
        )
    shape = tuple(length if side < 0 else side for side in spec.shape)
    return binary.decode(memoryview(body), name=spec.name, datatype=spec.datatype, shape=shape)
