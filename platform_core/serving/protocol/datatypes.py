"""The datatypes of the protocol and the numpy types that carry them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype(np.bool_),
    "UINT8": np.dtype("<u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("<i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "BF16": np.dtype("<f4"),  # numpy has no bfloat16; on the wire it takes two bytes
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    "BYTES": np.dtype(object),
}
WIRE_BYTES = {name: 2 if name == "BF16" else dtype.itemsize for name, dtype in DTYPES.items()}
_NAMES = {dtype: name for name, dtype in DTYPES.items() if name != "BF16"}
MAX_RANK = 16
MAX_ELEMENTS = 2**40  # of one tensor; numpy's own limits lie beyond, [0, 2**63] must not reach them


class ProtocolError(ValueError):
    """The request is not the protocol's; the message says where."""


def datatype_of(array: NDArray[Any]) -> str:
    """Return the protocol's name of an array's type.

    Raises:
        ProtocolError: numpy type without a counterpart (complex, dates, records).
    """
    if (name := _NAMES.get(array.dtype)) is not None:
        return name
    if array.dtype.kind in "SU":
        return "BYTES"
    raise ProtocolError(f"Arrays of numpy type {array.dtype} cannot travel in this protocol.")
