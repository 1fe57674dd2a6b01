"""What a runtime tells the database: that it lives, what it counted; and its part in steering canaries."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from platform_core.serving import nodes, placement, steering
from platform_core.serving.models import RuntimeNode
from platform_core.serving.runtime import counting, shadow_counts
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.directory import Directory
from platform_core.serving.runtime.inference import Inference
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.traffic import RouteName
from platform_core.serving.runtime.utilisation import CpuMeter
from platform_core.serving.runtime.versions import READY

_log = structlog.get_logger("pentaquark.runtime")
EVERY_S = 1.0
_ROW_EVERY_S = 2.0
TARGET = 0.6
"""Utilisation the number of runtimes is chosen for: room for a burst and for the loss of one of a few."""


@dataclass(frozen=True)
class _Beat:
    """What one beat writes."""

    node: str
    counts: list[tuple[counting.CountKey, counting.ArmCounts]]
    shadows: list[tuple[shadow_counts.ShadowKey, shadow_counts.ShadowCounts]]
    problems: dict[tuple[UUID, str], str]
    row: dict[str, Any] | None


class Presence:
    """Writes the runtime's row and counters, and knows the other runtimes.

    Attributes:
        utilisation: of CPU or queue, whichever is more, in [0, 1].
        others: the runtimes that take requests, this one among them.
    """

    def __init__(
        self,
        options: RuntimeOptions,
        directory: Directory,
        cache: ModelCache,
        inference: Inference,
    ) -> None:
        self._options, self._directory = options, directory
        self._cache, self._inference = cache, inference
        self._threads = DatabaseThreads("presence")
        self._cpu = CpuMeter()
        self._row_at, self._has_left = 0.0, False
        self.utilisation = 0.0
        self.others: Sequence[RuntimeNode] = ()
        if options.discovery:
            directory.owns = self._owns

    async def follow(self) -> None:
        """Beat once a second until cancelled."""
        while not self._has_left:
            await asyncio.sleep(EVERY_S)
            try:
                await self.beat()
            except Exception:  # noqa: BLE001  (a process's edge: the database may be away for a while)
                _log.exception("presence_failed")

    async def beat(self) -> None:
        """Write what has changed, free what is idle, take part in steering."""
        self._directory.unload_idle(time.time())
        row = None
        if time.monotonic() - self._row_at >= _ROW_EVERY_S and not self._has_left:
            self._row_at = time.monotonic()
            row = self._facts()
        in_use = {id(arm.counts) for arm in self._directory.arms}
        beat = _Beat(
            self._options.node,
            self._directory.counters.changed(in_use),
            self._inference.shadows.changed(),
            self._directory.problems(),
            row,
        )
        others = await self._threads.call(_write, beat)
        if others is not None:
            self.others = others

    async def leave(self) -> None:
        """Write the last counts and take the row away."""
        self._has_left = True
        try:
            await self.beat()
            await self._threads.call(_forget, self._options.node)
        except Exception:  # noqa: BLE001  (a process's edge: it stops anyway)
            _log.exception("presence_failed")
        self._threads.close()

    @property
    def desired_replicas(self) -> int:
        """How many runtimes the present load wants."""
        total = sum(node.utilisation for node in self.others) or self.utilisation
        return max(1, math.ceil(total / TARGET - 1e-9))

    def _owns(self, route: RouteName) -> bool:
        weights = {node.name: float(node.capacity_bytes) for node in self.others}
        return not weights or placement.ranked(weights, route)[0] == self._options.node

    def _facts(self) -> dict[str, Any]:
        options, entries = self._options, self._cache.entries
        in_flight = sum(entry.in_flight for entry in entries)
        self.utilisation = min(1.0, max(self._cpu.read(), in_flight / options.queue_limit))
        known = RuntimeNode.State
        return {
            "machine": nodes.this_machine(),
            "socket_path": str(options.socket_path),
            "internal_url": options.internal_url,
            "state": known.READY if self._inference.is_ready else known.STARTING,
            "capacity_bytes": self._cache.budget_bytes,
            "used_bytes": self._cache.used_bytes,
            "loaded": [entry.key.id for entry in entries if entry.state is READY][:2000],
            "in_flight": in_flight,
            "utilisation": self.utilisation,
            "seen_at": timezone.now(),
        }


def _write(beat: _Beat) -> list[RuntimeNode] | None:
    if beat.counts:
        counting.write(beat.node, beat.counts)
    if beat.shadows:
        shadow_counts.write(beat.node, beat.shadows)
    steering.steer_all(beat.problems)
    if beat.row is None:
        return None
    RuntimeNode.objects.bulk_create(
        [RuntimeNode(name=beat.node, **beat.row)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=list(beat.row),
    )
    return nodes.ready_nodes()


def _forget(node: str) -> None:
    RuntimeNode.objects.filter(name=node).delete()
