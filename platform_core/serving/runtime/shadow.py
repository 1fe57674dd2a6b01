"""Shadow traffic: copies of answered requests go to another version, and the answers are compared.

Never delays or fails a real request: a copy is taken after the answer is on its way, waits in a short queue,
runs in one thread of the lowest priority, and is dropped when the queue is full.
"""

import asyncio
import contextlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from platform_core.serving.engine import Predictor
from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.execution import bytes_of
from platform_core.serving.runtime.shadow_counts import (
    Comparison,
    Outputs,
    ShadowCounts,
    ShadowKey,
    compare,
)
from platform_core.serving.runtime.versions import LoadedVersion

_log = structlog.get_logger("pentaquark.runtime")
_QUEUE = 64
_QUEUE_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class _Copy:
    counts: ShadowCounts
    entry: LoadedVersion
    request: InferRequest
    outputs: Outputs
    seconds: float
    size_bytes: int


class ShadowQueue:
    """Copies that wait for their turn."""

    def __init__(self) -> None:
        self._rows: dict[ShadowKey, ShadowCounts] = {}
        self._queue: asyncio.Queue[_Copy] = asyncio.Queue(_QUEUE)
        self._held_bytes = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="shadow", initializer=_be_nice)

    def of(self, key: ShadowKey) -> ShadowCounts:
        """Return the counts of a row."""
        return self._rows.setdefault(key, ShadowCounts())

    def offer(
        self,
        counts: ShadowCounts,
        entry: LoadedVersion,
        request: InferRequest,
        outputs: Outputs,
        seconds: float,
    ) -> None:
        """Take a copy, or count it as dropped."""
        size = sum(map(bytes_of, (*request.inputs.values(), *outputs.values())))
        if self._queue.full() or self._held_bytes + size > _QUEUE_BYTES:
            counts.dropped += 1
            return
        self._held_bytes += size
        self._queue.put_nowait(_Copy(counts, entry, request, outputs, seconds, size))

    async def work(self) -> None:
        """Send copies until cancelled."""
        while True:
            copy = await self._queue.get()
            try:
                await self._send(copy)
            except Exception as error:  # noqa: BLE001  (a predictor may raise anything; counted)
                copy.counts.failures += 1
                number = copy.entry.key.number
                _log.info("shadow_failed", version=number, reason=repr(error)[:200])
            finally:
                self._held_bytes -= copy.size_bytes

    async def _send(self, copy: _Copy) -> None:
        entry = copy.entry
        if entry.predictor is None:
            copy.counts.dropped += 1
            return
        entry.last_used_at = time.time()
        entry.in_flight += 1
        try:
            loop = asyncio.get_running_loop()
            shadow_s, found = await loop.run_in_executor(self._pool, _answer, entry.predictor, copy)
        finally:
            entry.in_flight -= 1
        copy.counts.compare(copy.seconds, shadow_s, found)

    def changed(self) -> list[tuple[ShadowKey, ShadowCounts]]:
        """Return what was counted since it was written."""
        return [(key, c) for key, c in self._rows.items() if c.seen != c.written]

    def close(self) -> None:
        """Drop what waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _be_nice() -> None:
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)  # Linux: of the thread


def _answer(predictor: Predictor, copy: _Copy) -> tuple[float, Comparison]:
    began = time.perf_counter()
    outputs = predictor.predict(copy.request.inputs, copy.request.parameters)
    return time.perf_counter() - began, compare(copy.outputs, outputs)
