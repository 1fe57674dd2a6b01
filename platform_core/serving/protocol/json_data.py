"""Tensors whose elements are written as JSON, nested or flat.

`null` in a floating-point tensor is NaN, both ways: JSON has no other word for it.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from platform_core.serving.protocol.datatypes import DTYPES, MAX_RANK, ProtocolError

_KINDS = {"f": "fiu", "i": "iu", "u": "iu", "b": "b"}
"""Kind of the wanted type -> kinds of JSON numbers it takes: no text for numbers, no 1 for true."""
_ONLY_FLOATS = {float}


def decode(data: Any, *, name: str, datatype: str, shape: tuple[int, ...] | None) -> NDArray[Any]:
    """Return the tensor of JSON elements; `shape` None takes the nesting of `data`.

    Raises:
        ProtocolError: ragged, elements of another type, out of range, or not as many as the shape.
    """
    if type(data) is not list:
        raise ProtocolError(f"Tensor {name!r}: `data` is a list.")
    kinds = set(map(type, data))
    if kinds == _ONLY_FLOATS and (wanted := DTYPES[datatype]).kind == "f":
        with np.errstate(over="ignore"):  # 1e300 in FP32 is infinity, as in every IEEE conversion
            array = np.array(data, dtype=wanted)  # the usual case, in one step
    else:
        array = _unusual(data, kinds, name, datatype)
    if shape is None:
        return array
    if array.size != math.prod(shape):
        raise ProtocolError(
            f"Tensor {name!r}: {array.size} elements came, shape {list(shape)} takes "
            f"{math.prod(shape)}."
        )
    return array.reshape(shape)


def _unusual(data: list[Any], kinds: set[type], name: str, datatype: str) -> NDArray[Any]:
    has_text = str in kinds or (list in kinds and _has_text(data, name, MAX_RANK))
    if has_text and datatype != "BYTES":
        raise ProtocolError(f"Tensor {name!r}: `data` holds elements that are not {datatype}.")
    return _bytes(data, name) if datatype == "BYTES" else _numbers(data, name, datatype)


def _has_text(data: list[Any], name: str, depth: int) -> bool:
    """Look for texts before numpy does: it would pad every element to the length of the longest.

    Raises:
        ProtocolError: nested deeper than any tensor.
    """
    if not depth:
        raise ProtocolError(f"Tensor {name!r}: `data` is nested deeper than {MAX_RANK} lists.")
    kinds = set(map(type, data))
    lists = [value for value in data if type(value) is list] if list in kinds else []
    return str in kinds or any(_has_text(value, name, depth - 1) for value in lists)


def _numbers(data: list[Any], name: str, datatype: str) -> NDArray[Any]:
    wanted = DTYPES[datatype]
    try:
        array = np.array(data)
    except (ValueError, OverflowError) as error:
        raise ProtocolError(f"Tensor {name!r}: `data` is ragged.") from error
    if not array.size:
        return array.astype(wanted)
    if array.dtype.kind == "O" and wanted.kind == "f":
        array = _with_nulls(array, name)
    if array.dtype.kind == "f" and datatype == "UINT64":
        array = _large_integers(data, array)
    if array.dtype.kind not in _KINDS[wanted.kind]:
        raise ProtocolError(f"Tensor {name!r}: `data` holds elements that are not {datatype}.")
    if wanted.kind in "iu":
        _check_range(array, name, datatype, wanted)
    with np.errstate(over="ignore"):  # 1e300 in FP32 is infinity, as in every IEEE conversion
        return array.astype(wanted)


def _with_nulls(array: NDArray[Any], name: str) -> NDArray[Any]:
    kinds = {type(value) for value in array.flat}
    if not kinds <= {float, int, type(None)}:
        raise ProtocolError(f"Tensor {name!r}: `data` is ragged or holds more than numbers.")
    return array.astype(np.float64)


def _large_integers(data: list[Any], array: NDArray[Any]) -> NDArray[Any]:
    """Return integers as they came; numpy makes [1, 2**63] floats, which no longer hold them exactly."""
    exact = np.array(data, dtype=object)
    if {type(value) for value in exact.flat} != {int}:
        return array
    fits = min(exact.flat) >= 0 and max(exact.flat) < 2**64
    return exact.astype(np.uint64) if fits else array


def _check_range(array: NDArray[Any], name: str, datatype: str, wanted: np.dtype[Any]) -> None:
    if array.dtype == wanted:
        return
    limits = np.iinfo(wanted)
    least, most = int(array.min()), int(array.max())
    if least < limits.min or most > limits.max:
        outside = least if least < limits.min else most
        raise ProtocolError(f"Tensor {name!r}: {outside} does not fit {datatype}.")


def _bytes(data: list[Any], name: str) -> NDArray[Any]:
    try:
        array = np.array(data, dtype=object)
    except ValueError as error:
        raise ProtocolError(f"Tensor {name!r}: `data` is ragged.") from error
    encoded = np.empty(array.size, dtype=object)
    for index, value in enumerate(array.flat):
        if type(value) is not str:
            raise ProtocolError(f"Tensor {name!r}: BYTES elements are strings in JSON.")
        encoded[index] = value.encode()
    return encoded.reshape(array.shape)


def encode(array: NDArray[Any], datatype: str, name: str) -> Any:
    """Return the elements, flat, as orjson takes them (OPT_SERIALIZE_NUMPY).

    Raises:
        ProtocolError: BYTES that are not UTF-8.
    """
    if datatype == "BYTES":
        try:
            return [v if isinstance(v, str) else bytes(v).decode() for v in array.flat]
        except UnicodeDecodeError as error:
            raise ProtocolError(
                f"Tensor {name!r} holds bytes that are not text; ask for binary data."
            ) from error
    return np.ascontiguousarray(array).reshape(-1)
