"""Which request the next free thread takes: organisations share the threads by time, versions by urgency.

Every organisation has a clock of the seconds its predictions took; the one that is furthest behind goes
next, so nobody's crowd slows another down by more than its share (start-time fair queueing, Goyal 1996).
Urgency (`priority`) counts among the requests of one organisation only.
"""

import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from platform_core.serving.engine import predict_each
from platform_core.serving.runtime.batching import Lane, Ticket, settle
from platform_core.serving.runtime.versions import LoadedVersion

_MAX_CLOCKS = 10_000


class Scheduler:
    """Hands batches to threads; lives on the event loop.

    Attributes:
        expected_s: seconds of the predictions that wait, as their versions' pace says.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="predict")
        self._free = self._threads = threads
        self._lanes: dict[LoadedVersion, Lane] = {}
        self._clocks: dict[str, float] = {}
        self._now = 0.0

    def waiting(self, entry: LoadedVersion) -> int:
        """Return how many requests of a version wait for a thread."""
        lane = self._lanes.get(entry)
        return len(lane) if lane is not None else 0

    @property
    def expected_s(self) -> float:
        """Return how long the requests that wait will keep all threads."""
        seconds = sum(len(lane) * entry.pace.row_s for entry, lane in self._lanes.items())
        return seconds / self._threads

    def submit(self, entry: LoadedVersion, ticket: Ticket, priority: int) -> None:
        """Let a request wait for a thread, or take one at once."""
        lane = self._lanes.get(entry)
        if lane is None:
            lane = self._lanes[entry] = Lane()
        if ticket.organisation_id not in self._clocks:
            if len(self._clocks) >= _MAX_CLOCKS:
                self._clocks.clear()
            self._clocks[ticket.organisation_id] = self._now
        # time in which it asked nothing is not saved up
        clock = self._clocks[ticket.organisation_id]
        self._clocks[ticket.organisation_id] = max(clock, self._now)
        lane.put(ticket, priority)
        self._dispatch()

    def close(self) -> None:
        """Stop the threads; whatever still runs is left to end with the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _dispatch(self) -> None:
        while self._free and (entry := self._next()) is not None:
            lane = self._lanes[entry]
            tickets = lane.take(entry.batch_rows)
            if not tickets:
                continue
            self._now = max(self._now, self._clocks.get(entry.key.organisation_id, 0.0))
            self._free -= 1
            lane.running += 1
            self._start(entry, tickets)

    def _next(self) -> LoadedVersion | None:
        """Return the version whose turn it is; forgets lanes that are empty and at rest."""
        ready: list[LoadedVersion] = []
        for entry, lane in list(self._lanes.items()):
            if not len(lane):
                if not lane.running:
                    del self._lanes[entry]
            elif lane.running < entry.slots:
                ready.append(entry)
        if not ready:
            return None
        return min(ready, key=lambda entry: self._clocks.get(entry.key.organisation_id, self._now))

    def _start(self, entry: LoadedVersion, tickets: list[Ticket]) -> None:
        loop = asyncio.get_running_loop()
        future = self._pool.submit(_run, entry, tickets)
        future.add_done_callback(
            lambda done: loop.call_soon_threadsafe(self._ended, entry, tickets, done)
        )

    def _ended(
        self, entry: LoadedVersion, tickets: list[Ticket], done: "Future[tuple[list[Any], float]]"
    ) -> None:
        self._free += 1
        if (lane := self._lanes.get(entry)) is not None:
            lane.running -= 1
        if not done.cancelled():
            answers, seconds = done.result()
            settle(tickets, answers)
            entry.pace.learn(sum(ticket.rows for ticket in tickets) or 1, seconds)
            organisation_id = entry.key.organisation_id
            self._clocks[organisation_id] = self._clocks.get(organisation_id, self._now) + seconds
        self._dispatch()


def _run(entry: LoadedVersion, tickets: list[Ticket]) -> tuple[list[Any], float]:
    """Answer a batch in a thread; return the answers or errors, and the seconds it took."""
    assert entry.predictor is not None, "only ready versions are asked"  # noqa: S101
    began = time.perf_counter()
    if len(tickets) == 1 and tickets[0].request.parameters:
        answers = [_with_parameters(entry, tickets[0])]
    else:
        answers = predict_each(
            entry.predictor, entry.batch, [ticket.request.inputs for ticket in tickets]
        )
    return answers, time.perf_counter() - began


def _with_parameters(entry: LoadedVersion, ticket: Ticket) -> Any:
    assert entry.predictor is not None, "only ready versions are asked"  # noqa: S101
    try:
        return entry.predictor.predict(ticket.request.inputs, ticket.request.parameters)
    except Exception as error:  # noqa: BLE001  (handed to the request it belongs to)
        return error
