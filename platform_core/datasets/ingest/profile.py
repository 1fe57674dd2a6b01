"""Describes a table while it streams by, in bounded memory.

Exact whatever the size: rows, missing, minimum, maximum, mean, standard deviation, text lengths.
Exact up to a bound and estimated beyond it, which the result says: distinct values (50,000),
duplicate rows (5 million), and quantiles, histogram, outliers and top values (a random sample of
100,000 rows, fewer for very wide tables).
"""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from platform_core.datasets.ingest.hashing import DistinctCounter, Hasher, HashSet
from platform_core.datasets.ingest.sample import RowSample
from platform_core.datasets.ingest.summary import describe

MAX_EXACT_DISTINCT = 50_000
MAX_EXACT_ROWS = 5_000_000


class _Column:
    """What is counted exactly of one column."""

    def __init__(self, kind: str, hasher: Hasher) -> None:
        self.kind, self._hasher = kind, hasher
        self.missing = 0
        self.counts: Counter[Any] | None = Counter()
        self._distinct = DistinctCounter()
        self.minimum: Any = None
        self.maximum: Any = None
        self._n, self._mean, self._squares = 0, np.float64(0), np.float64(0)
        self.untrimmed = 0
        self.infinite = 0

    def add(self, values: pa.Array) -> None:
        self.missing += values.null_count
        present = values.drop_null()
        if not len(present):
            return
        self._count_distinct(present)
        if self.kind == "string":
            trimmed = pc.not_equal(pc.utf8_trim_whitespace(present), present)
            self.untrimmed += pc.sum(trimmed).as_py() or 0
            self._moments(pc.utf8_length(present))
        elif self.kind in {"int64", "float64"}:
            self._moments(self._finite(present))
        else:
            self._range(present)

    def _finite(self, present: pa.Array) -> pa.Array:
        if self.kind == "int64":
            return present
        finite = present.filter(pc.is_finite(present))
        self.infinite += len(present) - len(finite)
        return finite

    def _range(self, present: pa.Array) -> None:
        ends = pc.min_max(present).as_py()
        if ends["min"] is None:
            return
        self.minimum = ends["min"] if self.minimum is None else min(self.minimum, ends["min"])
        self.maximum = ends["max"] if self.maximum is None else max(self.maximum, ends["max"])

    def _moments(self, numbers: pa.Array) -> None:
        """Merge count, mean and squared deviations (Chan et al. 1979)."""
        if not len(numbers):
            return
        self._range(numbers)
        array = numbers.to_numpy(zero_copy_only=False).astype(np.float64)
        # near the largest float a moment overflows: it is shown as unknown
        with np.errstate(over="ignore", invalid="ignore"):
            mean = array.mean()
            delta, total = mean - self._mean, self._n + len(array)
            between = delta**2 * (self._n * (len(array) / total))
            self._squares += ((array - mean) ** 2).sum() + between
            self._mean += delta * (len(array) / total)
        self._n = total

    def _count_distinct(self, present: pa.Array) -> None:
        self._distinct.add(self._hasher.values(present))
        if self.counts is None:
            return
        short = present
        if self.kind == "string":
            short = pc.utf8_slice_codeunits(present, 0, 200)
        found = pc.value_counts(short)
        if len(found) > MAX_EXACT_DISTINCT:
            self.counts = None
            return
        for value, count in zip(
            found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True
        ):
            self.counts[value] += count
        if len(self.counts) > MAX_EXACT_DISTINCT:
            self.counts = None

    def exact(self) -> dict[str, Any]:
        deviation = float(self._squares / self._n) ** 0.5 if self._n else None
        distinct = self._distinct.estimate() if self.counts is None else len(self.counts)
        return {
            "missing": self.missing,
            "distinct": {"count": distinct, "approximate": self.counts is None},
            "min": self.minimum,
            "max": self.maximum,
            "mean": float(self._mean) if self._n else None,
            "std": deviation,
            "untrimmed": self.untrimmed,
            "infinite": self.infinite,
        }


class Profiler:
    """Give it every batch, then take `result()`."""

    def __init__(self, types: dict[str, str]) -> None:
        self._types = types
        self._hasher = Hasher()
        self._columns = {name: _Column(kind, self._hasher) for name, kind in types.items()}
        self._sample = RowSample(len(types))
        self.rows = 0
        self._seen, self._distinct_rows = HashSet(), DistinctCounter()

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in a batch of exactly the columns given at the start."""
        if not batch.num_rows:
            return
        self.rows += batch.num_rows
        hashes = self._hasher.rows(batch)
        self._distinct_rows.add(hashes)
        if self.rows <= MAX_EXACT_ROWS:
            self._seen.add(hashes)
        elif self._seen.size:
            self._seen = HashSet()  # the estimate takes over; its memory is given back
        self._sample.add(batch)
        for name, column in self._columns.items():
            column.add(batch[name])

    def result(self) -> dict[str, Any]:
        """Return the profile as JSON: {rows, duplicate_rows, sampled, columns: [...]}."""
        approximate = self.rows > MAX_EXACT_ROWS
        distinct = self._distinct_rows.estimate() if approximate else self._seen.size
        sample, sampled = self._sample.table(), self._sample.is_partial
        columns = [
            {"name": name, "type": self._types[name]}
            | describe(
                self._types[name], column.exact(), sample[name], column.counts, rows=self.rows
            )
            for name, column in self._columns.items()
        ]
        return {
            "rows": self.rows,
            "duplicate_rows": {"count": max(0, self.rows - distinct), "approximate": approximate},
            "sampled": sampled,
            "sample_rows": len(sample),
            "columns": columns,
        }
