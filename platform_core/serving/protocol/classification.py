"""The classification extension: instead of scores, the largest of them with their index.

Triton writes each as text, `<score>:<index>`; so do we. A class is a place on the last axis, every other axis
is kept, so a batch of rows gives the largest of every row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from platform_core.serving.protocol.datatypes import ProtocolError

MAX_CLASSES = 1000


def class_count(value: Any, name: str) -> int:
    """Return how many classes a request asks of output `name`.

    Raises:
        ProtocolError: not 1 to MAX_CLASSES.
    """
    if type(value) is not int or not 0 < value <= MAX_CLASSES:
        raise ProtocolError(
            f"Output {name[:80]!r}: `classification` is a number of classes, 1 to {MAX_CLASSES}."
        )
    return value


def largest(array: NDArray[Any], count: int, name: str) -> NDArray[np.object_]:
    """Return the `count` largest of the last axis (fewer if it is shorter), largest first.

    Args:
        array: (..., classes), numbers; NaN comes last.
        count: at least 1.
        name: of the output, for the refusal.

    Returns:
        (..., min(count, classes)) of bytes; BYTES on the wire.

    Raises:
        ProtocolError: not numbers, or no axis.
    """
    if array.dtype.kind not in "fiu" or not array.ndim:
        raise ProtocolError(f"Output {name!r} has no scores to classify.")
    order = np.argsort(-array.astype(np.float64), axis=-1, kind="stable")[..., :count]
    scores = np.take_along_axis(array, order, axis=-1)
    form = "%f:%d" if array.dtype.kind == "f" else "%d:%d"
    texts = np.empty(order.size, dtype=object)
    texts[:] = [(form % pair).encode() for pair in zip(scores.flat, order.flat, strict=True)]
    return texts.reshape(order.shape)
