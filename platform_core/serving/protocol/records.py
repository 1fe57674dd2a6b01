"""Logged predictions as bytes: a length, a JSON head and the raw tensors, one record after the other."""

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from platform_core.serving.protocol import binary
from platform_core.serving.protocol.datatypes import datatype_of

_HEAD = struct.Struct("<I")
_MAX_BYTES = 64 * 2**20
"""Of a batch unpacked: what the writer packs is an eighth of it."""
Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Record:
    """One logged prediction.

    Attributes:
        id: of the request, as the answer gave it.
        at: seconds since 1970, when it was answered.
        version: number of the version that answered.
        alias: it answered for.
        seconds: in the model.
        inputs, outputs: name -> array.
    """

    id: str
    at: float
    version: int
    alias: str
    seconds: float
    inputs: Tensors
    outputs: Tensors

    @property
    def rows(self) -> int:
        """How many predictions it holds: the length all inputs share, else one."""
        return rows_of(self.inputs)


def rows_of(tensors: Tensors) -> int:
    """Return the length of the first axis if all tensors share it, else 1."""
    lengths = {array.shape[0] if array.ndim else 0 for array in tensors.values()}
    return max(1, lengths.pop()) if len(lengths) == 1 else 1


def pack(records: Iterable[Record]) -> bytes:
    """Return records as one packed body."""
    return zlib.compress(b"".join(piece for each in records for piece in _pieces(each)), 1)


def unpack(packed: bytes) -> Iterator[Record]:
    """Yield the records `pack` packed.

    Raises:
        ValueError: larger than any batch, or cut.
    """
    reader = zlib.decompressobj()
    view = memoryview(reader.decompress(packed, _MAX_BYTES))
    if not reader.eof:
        raise ValueError("the batch is larger than any that is written")
    at = 0
    while at < len(view):
        (length,) = _HEAD.unpack_from(view, at)
        at += _HEAD.size
        head = orjson.loads(view[at : at + length])
        at += length
        inputs, at = _tensors(head["inputs"], view, at)
        outputs, at = _tensors(head["outputs"], view, at)
        yield Record(
            head["id"], head["at"], head["version"], head["alias"], head["s"], inputs, outputs
        )


def _pieces(record: Record) -> Iterator[bytes]:
    raw: list[bytes] = []
    head = orjson.dumps(
        {
            "id": record.id,
            "at": record.at,
            "version": record.version,
            "alias": record.alias,
            "s": record.seconds,
            "inputs": _described(record.inputs, raw),
            "outputs": _described(record.outputs, raw),
        }
    )
    yield _HEAD.pack(len(head))
    yield head
    yield from raw


def _described(tensors: Tensors, raw: list[bytes]) -> list[list[Any]]:
    rows = []
    for name, given in tensors.items():
        array = np.asarray(given)
        datatype = datatype_of(array)
        content = binary.encode(array, datatype)
        raw.append(content)
        rows.append([name, datatype, list(array.shape), len(content)])
    return rows


def _tensors(rows: list[list[Any]], view: memoryview, at: int) -> tuple[dict[str, Any], int]:
    found = {}
    for name, datatype, shape, size in rows:
        raw = view[at : at + size]
        found[name] = binary.decode(raw, name=name, datatype=datatype, shape=tuple(shape))
        at += size
    return found, at
