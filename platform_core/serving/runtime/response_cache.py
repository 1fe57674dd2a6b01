"""Answers kept for exactly the same question: optional per endpoint, bounded in bytes.

The key holds the organisation and the version, so an answer never crosses organisations and never outlives
a change of version. Only what is equal to the last bit is the same question.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.versions import VersionKey

Outputs = Mapping[str, NDArray[Any]]
_ENTRY_BYTES = 400
"""What an entry costs beside its elements: digest, dictionary slots, array headers."""


class ResponseCache:
    """Least recently used answers of one endpoint; lives on the event loop.

    Attributes:
        hits, misses: since it was made.
        used_bytes: held now.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._answers: OrderedDict[bytes, tuple[Outputs, int]] = OrderedDict()
        self.hits = self.misses = self.used_bytes = 0

    def get(self, key: bytes) -> Outputs | None:
        """Return the answer to the question `key_of` made the key of; its arrays are read-only."""
        found = self._answers.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._answers.move_to_end(key)
        return found[0]

    def put(self, key: bytes, outputs: Outputs) -> None:
        """Keep an answer, forgetting the least recently used; one that fills half the cache is not kept."""
        size = _ENTRY_BYTES + sum(_bytes_of(array) for array in outputs.values())
        if key in self._answers or size > self._max_bytes // 2:
            return
        self._answers[key] = ({name: _own(array) for name, array in outputs.items()}, size)
        self.used_bytes += size
        self._shrink()

    def resize(self, max_bytes: int) -> None:
        """Take another bound."""
        self._max_bytes = max_bytes
        self._shrink()

    def clear(self) -> None:
        """Forget everything."""
        self._answers.clear()
        self.used_bytes = 0

    def _shrink(self) -> None:
        while self.used_bytes > self._max_bytes:
            _, (_, size) = self._answers.popitem(last=False)
            self.used_bytes -= size


def key_of(version: VersionKey, request: InferRequest) -> bytes:
    """Return the digest of a question: organisation, version, inputs in order of name, parameters."""
    digest = hashlib.blake2b(digest_size=24)
    parameters = orjson.dumps(request.parameters, option=orjson.OPT_SORT_KEYS)
    _add(digest, version.organisation_id.encode(), version.id.encode(), parameters)
    for name in sorted(request.inputs):
        array = request.inputs[name]
        _add(digest, name.encode(), array.dtype.str.encode(), repr(array.shape).encode())
        if array.dtype.hasobject:
            _add(digest, *(v.encode() if isinstance(v, str) else bytes(v) for v in array.flat))
        else:
            _add(digest, np.ascontiguousarray(array).tobytes())
    return digest.digest()


def _add(digest: "hashlib.blake2b", *parts: bytes) -> None:
    for part in parts:  # each with its length: no two questions run into one
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)


def _own(array: NDArray[Any]) -> NDArray[Any]:
    """Return a copy nobody can write: the answer may be a slice of a batch, and callers share it."""
    copied = np.array(array)
    copied.setflags(write=False)
    return copied


def _bytes_of(array: NDArray[Any]) -> int:
    if array.dtype.hasobject:
        return int(array.nbytes + sum(len(value) + 60 for value in array.flat))
    return int(array.nbytes)
