"""What comparing answers with those of a shadow gave, counted on the event loop, written once a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from platform_core.serving.buckets import LAST, index_of
from platform_core.serving.models import Endpoint, ShadowCount

Outputs = Mapping[str, NDArray[Any]]
TOLERANCE = {"rtol": 1e-3, "atol": 1e-6}
"""Answers that differ by less agree: what a reordered sum or another instruction set changes is smaller."""


class Comparison(NamedTuple):
    """How far two answers lie apart.

    Attributes:
        agrees: same names, shapes and texts, and numbers equal within TOLERANCE.
        difference: mean absolute difference over all numbers; 0 where shapes differ.
    """

    agrees: bool
    difference: float


def compare(real: Outputs, shadow: Outputs) -> Comparison:
    """Compare the answers to one request."""
    if real.keys() != shadow.keys():
        return Comparison(agrees=False, difference=0.0)
    total, count, agrees = 0.0, 0, True
    for name, array in real.items():
        other = shadow[name]
        if array.shape != other.shape or array.dtype.kind in "OSU" or other.dtype.kind in "OSU":
            agrees = agrees and np.array_equal(array, other)
            continue
        mine, its = np.asarray(array, np.float64), np.asarray(other, np.float64)
        agrees = agrees and bool(np.allclose(mine, its, equal_nan=True, **TOLERANCE))
        total += float(np.nansum(np.abs(mine - its)))
        count += mine.size
    return Comparison(agrees, total / count if count else 0.0)


@dataclass(frozen=True, slots=True)
class ShadowKey:
    """Which row: endpoint, the alias and version that answered, the version beside it."""

    endpoint_id: UUID
    alias: str
    version: int
    shadow_version: int


class ShadowCounts:
    """Counts of one row; written by the event loop only."""

    __slots__ = (
        "agreed",
        "compared",
        "difference_max",
        "difference_sum",
        "dropped",
        "failures",
        "latency",
        "shadow_latency",
        "written",
    )

    def __init__(self) -> None:
        self.compared = self.agreed = self.failures = self.dropped = self.written = 0
        self.difference_sum = self.difference_max = 0.0
        self.latency, self.shadow_latency = [0] * (LAST + 1), [0] * (LAST + 1)

    @property
    def seen(self) -> int:
        """Copies counted, whatever became of them."""
        return self.compared + self.failures + self.dropped

    def compare(self, seconds: float, shadow_s: float, found: Comparison) -> None:
        """Count one pair."""
        self.compared += 1
        self.agreed += found.agrees
        self.difference_sum += found.difference
        self.difference_max = max(self.difference_max, found.difference)
        self.latency[index_of(seconds)] += 1
        self.shadow_latency[index_of(shadow_s)] += 1


def write(node: str, changed: list[tuple[ShadowKey, ShadowCounts]]) -> None:
    """Write counts as this runtime's rows; those of deleted endpoints are let go."""
    ids = {key.endpoint_id for key, _ in changed}
    known = set(Endpoint.objects.filter(pk__in=ids).values_list("pk", flat=True))
    rows = []
    for key, counts in changed:
        counts.written = counts.seen
        if key.endpoint_id in known:
            rows.append(_row(node, key, counts))
    ShadowCount.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["endpoint", "node", "alias", "version", "shadow_version"],
        update_fields=[
            *("compared", "agreed", "failures", "dropped", "difference_sum", "difference_max"),
            *("latency", "shadow_latency", "updated_at"),
        ],
    )


def _row(node: str, key: ShadowKey, counts: ShadowCounts) -> ShadowCount:
    return ShadowCount(
        endpoint_id=key.endpoint_id,
        node=node,
        alias=key.alias,
        version=key.version,
        shadow_version=key.shadow_version,
        compared=counts.compared,
        agreed=counts.agreed,
        failures=counts.failures,
        dropped=counts.dropped,
        difference_sum=counts.difference_sum,
        difference_max=counts.difference_max,
        latency={str(i): n for i, n in enumerate(counts.latency) if n},
        shadow_latency={str(i): n for i, n in enumerate(counts.shadow_latency) if n},
        updated_at=timezone.now(),
    )
