"""What was counted of an endpoint, added up over all runtimes: by alias, and beside the shadow."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from platform_core.accounts.api import Actor
from platform_core.serving import buckets
from platform_core.serving.models import Endpoint, ShadowCount, TrafficCount


@dataclass(frozen=True)
class AliasCounts:
    """What one version answered for one alias since the traffic was changed last.

    Attributes:
        p50_ms, p95_ms, p99_ms: upper bounds of 9 % wide buckets; None without requests.
    """

    alias: str
    version: int
    requests: int
    failures: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the counts in plain JSON."""
        return asdict(self)


@dataclass(frozen=True)
class ShadowReport:
    """How the answers of a shadow compare with those that were given.

    Attributes:
        alias, version: what answered.
        shadow_version: what answered beside it.
        compared, agreed: pairs; equal to 0.1 % agree.
        failures: copies the shadow could not answer.
        dropped: copies never sent, because the runtime was busy or the version not in memory.
        mean_difference: mean over pairs of the mean absolute difference of the numbers.
        max_difference: the largest of a pair.
        p50_ms, p95_ms, shadow_p50_ms, shadow_p95_ms: time in the model.
    """

    alias: str
    version: int
    shadow_version: int
    compared: int
    agreed: int
    failures: int
    dropped: int
    mean_difference: float | None
    max_difference: float
    p50_ms: float | None
    p95_ms: float | None
    shadow_p50_ms: float | None
    shadow_p95_ms: float | None
    latency: tuple[tuple[float, int], ...] = ()
    shadow_latency: tuple[tuple[float, int], ...] = ()

    @property
    def agreement(self) -> float | None:
        """Part of the pairs that agree; None without pairs."""
        return self.agreed / self.compared if self.compared else None

    def as_json(self) -> dict[str, Any]:
        """Return the report in plain JSON."""
        return {**asdict(self), "agreement": self.agreement}


def counts(endpoint: Endpoint) -> list[AliasCounts]:
    """Return what was counted since the traffic was changed last; nothing for an undivided endpoint."""
    rows = TrafficCount.objects.filter(endpoint=endpoint, epoch=endpoint.epoch)
    found = []
    for (alias, version), group in groupby(
        rows.order_by("alias", "version"), lambda row: (row.alias, row.version)
    ):
        own = list(group)
        latency = buckets.from_json(*(row.latency for row in own))
        found.append(
            AliasCounts(
                alias,
                version,
                sum(row.requests for row in own),
                sum(row.failures for row in own),
                *(_ms(latency, fraction) for fraction in (0.5, 0.95, 0.99)),
            )
        )
    return found


def reports(*, actor: Actor, endpoint: Endpoint) -> list[ShadowReport]:
    """Return the comparisons of an endpoint, the newest pair of versions first."""
    actor.require("endpoint.view")
    rows = ShadowCount.objects.filter(endpoint=endpoint).order_by(
        "-shadow_version", "-version", "alias"
    )
    grouped = groupby(rows, lambda row: (row.alias, row.version, row.shadow_version))
    return [_report(key, list(group)) for key, group in grouped]


def _report(key: tuple[str, int, int], rows: Iterable[ShadowCount]) -> ShadowReport:
    rows = list(rows)
    latency = buckets.from_json(*(row.latency for row in rows))
    shadow_latency = buckets.from_json(*(row.shadow_latency for row in rows))
    compared = sum(row.compared for row in rows)
    difference = sum(row.difference_sum for row in rows)
    return ShadowReport(
        *key,
        compared=compared,
        agreed=sum(row.agreed for row in rows),
        failures=sum(row.failures for row in rows),
        dropped=sum(row.dropped for row in rows),
        mean_difference=difference / compared if compared else None,
        max_difference=max(row.difference_max for row in rows),
        p50_ms=_ms(latency, 0.5),
        p95_ms=_ms(latency, 0.95),
        shadow_p50_ms=_ms(shadow_latency, 0.5),
        shadow_p95_ms=_ms(shadow_latency, 0.95),
        latency=tuple(buckets.coarser(latency)),
        shadow_latency=tuple(buckets.coarser(shadow_latency)),
    )


def _ms(counts: buckets.Counts, fraction: float) -> float | None:
    found = buckets.quantile_s(counts, fraction)
    return None if found is None else 1000 * found
