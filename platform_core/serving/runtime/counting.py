"""What each alias of a divided endpoint answered: counted on the event loop, written once a second."""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from platform_core.serving.buckets import LAST, index_of
from platform_core.serving.models import Endpoint, TrafficCount


@dataclass(frozen=True, slots=True)
class CountKey:
    """Which row: endpoint, traffic epoch, alias and version number."""

    endpoint_id: UUID
    epoch: int
    alias: str
    version: int


class ArmCounts:
    """Counts of one row; written by the event loop only."""

    __slots__ = ("failures", "latency", "requests", "written")

    def __init__(self) -> None:
        self.requests = self.failures = self.written = 0
        self.latency = [0] * (LAST + 1)

    def observe(self, seconds: float, *, failed: bool) -> None:
        """Count one request."""
        self.requests += 1
        self.failures += failed
        self.latency[index_of(seconds)] += 1


class Counters:
    """Every row this runtime counts."""

    def __init__(self) -> None:
        self._rows: dict[CountKey, ArmCounts] = {}

    def of(self, key: CountKey) -> ArmCounts:
        """Return the counts of a row, the old ones if it was counted before."""
        return self._rows.setdefault(key, ArmCounts())

    def changed(self, in_use: set[int]) -> list[tuple[CountKey, ArmCounts]]:
        """Return what was counted since it was written; forget what is written and no longer in use.

        `in_use` are the ids of the counts that arms hold.
        """
        for key in [k for k, c in self._rows.items() if c.requests == c.written]:
            if id(self._rows[key]) not in in_use:
                del self._rows[key]
        return [(key, c) for key, c in self._rows.items() if c.requests != c.written]


def write(node: str, changed: list[tuple[CountKey, ArmCounts]]) -> None:
    """Write counts as this runtime's rows; those of deleted endpoints are let go."""
    ids = {key.endpoint_id for key, _ in changed}
    known = set(Endpoint.objects.filter(pk__in=ids).values_list("pk", flat=True))
    rows = []
    for key, counts in changed:
        counts.written = counts.requests
        if key.endpoint_id in known:
            rows.append(_row(node, key, counts))
    TrafficCount.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["endpoint", "epoch", "node", "alias", "version"],
        update_fields=["requests", "failures", "latency", "updated_at"],
    )


def _row(node: str, key: CountKey, counts: ArmCounts) -> TrafficCount:
    return TrafficCount(
        endpoint_id=key.endpoint_id,
        epoch=key.epoch,
        node=node,
        alias=key.alias,
        version=key.version,
        requests=counts.requests,
        failures=counts.failures,
        latency={str(i): n for i, n in enumerate(counts.latency) if n},
        updated_at=timezone.now(),
    )
