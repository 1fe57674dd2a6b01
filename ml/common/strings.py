"""Lists of strings as two arrays, so that they fit beside weights in one safetensors file."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


class StringsError(ValueError):
    """The arrays do not describe a list of strings."""


def pack(values: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return all text as UTF-8 bytes, and the N + 1 offsets where each string starts."""
    encoded = [value.encode("utf-8", "surrogatepass") for value in values]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(each) for each in encoded], out=offsets[1:])
    return np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets


def unpack(text: NDArray[Any], offsets: NDArray[Any]) -> list[str]:
    """Return the strings that `pack` was given.

    Raises:
        StringsError: offsets that do not rise or point outside, or bytes that are not UTF-8.
    """
    ends = offsets.tolist()
    if not ends or ends[0] != 0 or ends[-1] != len(text) or (np.diff(offsets) < 0).any():
        raise StringsError("The offsets of the stored texts do not fit the text.")
    raw = text.tobytes()
    try:
        return [raw[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(ends)]
    except UnicodeDecodeError as error:
        raise StringsError(f"A stored text is not UTF-8: {error}") from error
