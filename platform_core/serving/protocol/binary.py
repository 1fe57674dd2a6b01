"""Raw tensors: little-endian, row-major; BYTES elements carry a 4-byte length each."""

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platform_core.serving.protocol.datatypes import DTYPES, WIRE_BYTES, ProtocolError

_LENGTH = struct.Struct("<I")


def decode(raw: memoryview, *, name: str, datatype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the tensor in `raw`; numbers are a read-only view, nothing is copied.

    Raises:
        ProtocolError: the length does not fit the shape, or BYTES lengths run past the end.
    """
    count = math.prod(shape)
    if datatype == "BYTES":
        return _decode_bytes(raw, name, count).reshape(shape)
    if len(raw) != count * WIRE_BYTES[datatype]:
        raise ProtocolError(
            f"Tensor {name!r}: {len(raw)} bytes came, {datatype} of shape {list(shape)} takes "
            f"{count * WIRE_BYTES[datatype]}."
        )
    if datatype == "BF16":
        halves = np.frombuffer(raw, dtype="<u2").astype(np.uint32)
        return (halves << 16).view(np.float32).reshape(shape)
    return np.frombuffer(raw, dtype=DTYPES[datatype]).reshape(shape)


def _decode_bytes(raw: memoryview, name: str, count: int) -> NDArray[Any]:
    if count * _LENGTH.size > len(raw):
        raise ProtocolError(f"Tensor {name!r}: {len(raw)} bytes cannot hold {count} elements.")
    values = np.empty(count, dtype=object)
    at, end = 0, len(raw)
    for index in range(count):
        if at + _LENGTH.size > end:
            raise ProtocolError(f"Tensor {name!r} ends before element {index} of {count}.")
        (length,) = _LENGTH.unpack_from(raw, at)
        at += _LENGTH.size
        if at + length > end:
            raise ProtocolError(
                f"Tensor {name!r}: element {index} claims {length} bytes, {end - at} are left."
            )
        values[index] = bytes(raw[at : at + length])
        at += length
    if at != end:
        raise ProtocolError(f"Tensor {name!r}: {end - at} bytes follow its last element.")
    return values


def encode(array: NDArray[Any], datatype: str) -> bytes:
    """Return the raw bytes of a tensor."""
    if datatype == "BYTES":
        parts: list[bytes] = []
        for value in array.flat:
            content = value.encode() if isinstance(value, str) else bytes(value)
            parts += (_LENGTH.pack(len(content)), content)
        return b"".join(parts)
    if datatype == "BF16":
        return _to_bfloat16(array).tobytes()
    return np.ascontiguousarray(array, dtype=DTYPES[datatype]).tobytes()


def _to_bfloat16(array: NDArray[Any]) -> NDArray[np.uint16]:
    """Round to nearest even; NaN stays NaN (its payload bit is set, rounding could clear it)."""
    bits = np.ascontiguousarray(array, dtype=np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(array), 0x7FC0, rounded).astype("<u2")
