"""Sets and counts of 64-bit hashes in bounded memory."""

import secrets
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

_REGISTER_BITS = 14


class Hasher:
    """Hashes rows and values with seeds drawn once, so that nobody can prepare collisions."""

    def __init__(self) -> None:
        self._seed = secrets.randbits(63)

    def rows(self, batch: pa.RecordBatch) -> NDArray[Any]:
        """Return one uint64 per row over all columns of the batch."""
        frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch]), rechunk=False))
        hashes: NDArray[Any] = frame.hash_rows(seed=self._seed).to_numpy()
        return hashes

    def values(self, values: pa.Array) -> NDArray[Any]:
        """Return one uint64 per value."""
        hashes: NDArray[Any] = pl.Series(pl.from_arrow(values)).hash(seed=self._seed).to_numpy()
        return hashes


class HashSet:
    """A growing set of hashes: sorted arrays of doubling size, 8 bytes per hash."""

    def __init__(self) -> None:
        self._levels: list[NDArray[Any]] = []
        self.size = 0

    def add(self, hashes_N: NDArray[Any]) -> NDArray[Any]:
        """Add hashes; return bool (N,): True where the hash was seen for the first time."""
        unique, first = np.unique(hashes_N, return_index=True)
        known = np.zeros(len(unique), bool)
        for level in self._levels:
            at = np.minimum(np.searchsorted(level, unique), len(level) - 1)
            known |= level[at] == unique
        is_new = np.zeros(len(hashes_N), bool)
        is_new[first[~known]] = True
        self._insert(unique[~known])
        return is_new

    def _insert(self, fresh: NDArray[Any]) -> None:
        if not len(fresh):
            return
        self.size += len(fresh)
        self._levels.append(fresh)
        while len(self._levels) > 1 and len(self._levels[-2]) < 2 * len(self._levels[-1]):
            merged = np.concatenate([self._levels.pop(), self._levels.pop()])
            merged.sort(kind="stable")
            self._levels.append(merged)


class DistinctCounter:
    """Estimates a number of distinct hashes within about 1 %.

    Source: Flajolet et al. 2007, "HyperLogLog"; small counts by linear counting.
    """

    def __init__(self) -> None:
        self._registers = np.zeros(1 << _REGISTER_BITS, np.uint8)

    def add(self, hashes_N: NDArray[Any]) -> None:
        """Take in hashes, repeated ones too."""
        register = (hashes_N >> np.uint64(64 - _REGISTER_BITS)).astype(np.intp)
        rest = (hashes_N << np.uint64(_REGISTER_BITS)) >> np.uint64(12)  # 52 bits: exact as float64
        exponent = np.frexp(rest.astype(np.float64))[1]  # number of significant bits, 0 for 0
        np.maximum.at(self._registers, register, (53 - exponent).astype(np.uint8))

    def estimate(self) -> int:
        """Return the estimated count."""
        count = len(self._registers)
        raw = (
            0.7213 / (1 + 1.079 / count) * count**2 / np.sum(2.0 ** -self._registers.astype(float))
        )
        empty = int(np.count_nonzero(self._registers == 0))
        return round(count * np.log(count / empty) if raw <= 2.5 * count and empty else raw)
