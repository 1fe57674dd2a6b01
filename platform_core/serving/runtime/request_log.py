"""Draws requests for the log and hands them over: nobody who asks ever waits for it.

What is drawn goes into a ring bounded in number and bytes, and is encrypted by a thread of its own every
two seconds. When the ring is full, what is drawn is dropped and counted.
"""

import asyncio
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import numpy as np
import structlog
from numpy.typing import NDArray

from platform_core.serving import request_log
from platform_core.serving.models import Endpoint, LogBatch
from platform_core.serving.protocol import records
from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.protocol.records import Record
from platform_core.serving.request_log import DEFAULT_ROWS, Body
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.execution import bytes_of

_log = structlog.get_logger("pentaquark.runtime")
EVERY_S = 2.0
_MAX_WAITING, _MAX_WAITING_BYTES = 4096, 8 * 2**20
_MAX_RECORD_BYTES = 256 * 1024
"""Of one request with its answer; larger ones (pictures, long texts) are counted as dropped."""
_BATCH_BYTES = 4 * 2**20
_OWN_BYTES = 400
"""What a record holds beside its elements."""


class Sampler:
    """Decides which requests of one endpoint are logged; lives on the event loop.

    Attributes:
        rate: of the requests, in (0, 1].
        left: rows that may still be logged today, as far as this runtime knows.
        dropped: requests drawn and not kept since they were written down.
    """

    __slots__ = ("_most", "day", "dropped", "endpoint_id", "left", "rate")

    def __init__(self, endpoint_id: UUID) -> None:
        self.endpoint_id = endpoint_id
        self.rate, self.dropped, self.day = 0.0, 0, _day()
        self.left = self._most = 0

    def heed(self, options: Mapping[str, Any]) -> None:
        """Take the endpoint's options as they are now."""
        most = int(options.get("log_max_rows") or DEFAULT_ROWS)
        self.rate = float(options.get("log_rate") or 0.0)
        self.left, self._most = self.left + most - self._most, most

    def draws(self) -> bool:
        """Say whether to log one request."""
        return random.random() < self.rate and (self.left > 0 or self._new_day())  # noqa: S311

    def logged_today(self, rows: int, waiting: int) -> None:
        """Hear from the database how much all runtimes logged today."""
        self.left = self._most - rows - waiting

    def _new_day(self) -> bool:
        day = _day()
        if day == self.day:
            return False
        self.day, self.left = day, self._most
        return True


def _day() -> int:
    return int(time.time() // 86_400)


@dataclass(frozen=True, slots=True)
class _Drawn:
    record: Record
    size_bytes: int


class Drawing(Protocol):
    """What the log has to know of an arm."""

    alias: str
    sampler: Sampler | None


class RequestLog:
    """The ring of drawn requests.

    Attributes:
        written, dropped: requests since the start, for the metrics.
        waiting_bytes: in the ring now.
    """

    def __init__(self) -> None:
        self._waiting: dict[Sampler, list[_Drawn]] = defaultdict(list)
        self._count = self.waiting_bytes = 0
        self.written = self.dropped = 0
        self._threads: DatabaseThreads | None = None

    def offer(
        self,
        arm: "Drawing",
        answered: tuple[int, float],
        request: InferRequest,
        outputs: Mapping[str, NDArray[Any]],
    ) -> None:
        """Take a drawn request, or count it as dropped; gives it an id where the caller gave none.

        Args:
            arm: alias and sampler that drew it.
            answered: version number, seconds in the model.
            request: its id is in the answer, so that a label can be sent later.
            outputs: of the model.
        """
        sampler = arm.sampler
        assert sampler is not None, "only what was drawn is offered"  # noqa: S101
        waiting = self._waiting[sampler]
        size = _OWN_BYTES + sum(map(bytes_of, (*request.inputs.values(), *outputs.values())))
        is_full = self._count >= _MAX_WAITING or self.waiting_bytes + size > _MAX_WAITING_BYTES
        if is_full or size > _MAX_RECORD_BYTES:
            sampler.dropped += 1
            self.dropped += 1
            return
        request.id = request.id or uuid.uuid4().hex
        kept = {name: _own(array) for name, array in outputs.items()}
        version, seconds = answered
        record = Record(request.id, time.time(), version, arm.alias, seconds, request.inputs, kept)
        sampler.left -= records.rows_of(request.inputs)
        waiting.append(_Drawn(record, size))
        self._count += 1
        self.waiting_bytes += size

    async def work(self) -> None:
        """Write what was drawn every two seconds, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits; what cannot be written is dropped and counted."""
        dropping = [sampler for sampler in self._waiting if sampler.dropped]
        if not self._count and not dropping:
            return
        taken, self._waiting = self._waiting, defaultdict(list)
        self._count = self.waiting_bytes = 0
        threads = self._threads = self._threads or DatabaseThreads("request-log")
        for sampler, drawn in taken.items():
            dropped, sampler.dropped = sampler.dropped, 0
            try:
                rows = await threads.call(_write, sampler.endpoint_id, drawn, dropped)
            except Exception:  # noqa: BLE001  (a process's edge: database or store may be away)
                _log.exception("request_log_failed", requests=len(drawn))
                sampler.dropped += len(drawn) + dropped
                self.dropped += len(drawn)
                continue
            self.written += len(drawn)
            waiting = sum(d.record.rows for d in self._waiting.get(sampler, ()))
            sampler.logged_today(rows, waiting)

    async def close(self) -> None:
        """Write what waits and end the thread."""
        await self.flush()
        if self._threads is not None:
            self._threads.close()


def _write(endpoint_id: UUID, drawn: list[_Drawn], dropped: int) -> int:
    """Encrypt and store; return the rows logged today, by all runtimes."""
    endpoint = Endpoint.objects.select_related("organisation").filter(pk=endpoint_id).first()
    if endpoint is None:  # deleted meanwhile
        return 0
    if not drawn:
        return request_log.note_dropped(endpoint=endpoint, dropped=dropped)
    rows, at = 0, 0
    while at < len(drawn):
        part: list[Record] = []
        size = 0
        while at < len(drawn) and size < _BATCH_BYTES:
            part.append(drawn[at].record)
            size += drawn[at].size_bytes
            at += 1
        rows = _append(endpoint, part, dropped)
        dropped = 0
    return rows


def _append(endpoint: Endpoint, part: list[Record], dropped: int) -> int:
    times = [record.at for record in part]
    body = Body(
        records.pack(part),
        sum(record.rows for record in part),
        datetime.fromtimestamp(min(times), UTC),
        datetime.fromtimestamp(max(times), UTC),
        dropped,
    )
    return request_log.append(endpoint=endpoint, kind=LogBatch.Kind.REQUESTS, body=body).rows


def _own(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array itself, or a copy of what is a slice of a whole batch."""
    array = np.asarray(array)
    return array if array.base is None else array.copy()
