"""Assigns rows to the parts of a split by fixed limits; nothing is copied and nothing stored per row.

A row's place is a number: a hash of its row number (random), a hash of its group's value (group),
or its time (time). Rows are sorted by place and cut where the shares of the parts end; the places
of the cuts are stored. Later a row belongs to part i when its place lies in (limit i-1, limit i].
The hashes are fixed functions of the seed, so a split means the same rows for ever. Shapes: N rows
of a batch or a version.
"""

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from platform_core.datasets.splitting import SplitPart


def mask(*, part: SplitPart, batch: pa.RecordBatch, first_row: int) -> pa.Array:
    """Return bool (N,): True for the rows of the part.

    Args:
        part: of a split of the batch's version.
        batch: holding the column of the split.
        first_row: number of the batch's first row in the version.
    """
    spec, limits = part.split.spec, part.split.limits
    if spec["kind"] == "random":
        numbers = np.arange(first_row, first_row + batch.num_rows, dtype=np.uint64)
        places_N = hash_numbers(numbers, spec["seed"])
    else:
        places_N = places(batch[spec["column"]], spec["kind"], spec["seed"])
    which_N = np.searchsorted(np.array(limits, places_N.dtype), places_N, side="left")
    return pa.array(which_N == list(part.split.parts).index(part.name))


def places(values: pa.Array, kind: str, seed: int) -> NDArray[Any]:
    """Return the place of each value, (N,): by time, or by group."""
    return _times(values) if kind == "time" else _hash_values(values, seed)


def _times(values: pa.Array) -> NDArray[Any]:
    """Return int64 or float64 (N,); rows without a time come first."""
    if values.type == pa.float64():
        lowest = np.finfo(np.float64).min  # JSON, where limits are kept, has no infinity
        return _array(pc.fill_null(values, lowest)).clip(lowest, -lowest)
    whole = pc.cast(values, pa.int32()) if values.type == pa.date32() else values
    whole = pc.cast(whole, pa.int64())
    return _array(pc.fill_null(whole, np.iinfo(np.int64).min))


def _array(values: pa.Array) -> NDArray[Any]:
    array: NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return array


def hash_numbers(numbers_N: NDArray[Any], seed: int) -> NDArray[Any]:
    """Return uint64 (N,): SplitMix64 of the numbers (Steele et al. 2014); a bijection, so never a tie."""
    with np.errstate(over="ignore"):
        z = numbers_N * np.uint64(0x9E3779B97F4A7C15) + _seed_word(seed)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: NDArray[Any] = z ^ (z >> np.uint64(31))
    return mixed


def _seed_word(seed: int) -> np.uint64:
    digest = hashlib.blake2b(str(seed).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _hash_values(values: pa.Array, seed: int) -> NDArray[Any]:
    """Return uint64 (N,): a keyed hash of each value's text; missing is a group of its own."""
    encoded = pc.fill_null(pc.cast(values, pa.string()), "\x00missing").dictionary_encode()
    key = str(seed).encode()
    hashes = [
        int.from_bytes(hashlib.blake2b(text.encode(), key=key, digest_size=8).digest(), "little")
        for text in encoded.dictionary.to_pylist()
    ]
    hashed: NDArray[Any] = np.array(hashes, np.uint64)[_array(encoded.indices)]
    return hashed
