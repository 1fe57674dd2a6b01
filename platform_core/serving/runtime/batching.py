"""Dynamic batching: requests of one version that are there at the same time are answered together.

Outside the event loop nothing waits for a batch: while a version is busy its requests queue, and whatever
queues when a slot is free goes together (`Lane.take`). An idle version answers a single request at once.

Inside the loop there is no queue to look at. Now and then one request waits for the end of the loop's
turn; if others came in that turn, it is a crowd, and all wait so until turns bring single ones (`Gather`).
"""

import asyncio
import heapq
from collections.abc import Callable
from typing import Any

from platform_core.serving.engine import BatchRule, Predictor, predict_each, rows_of
from platform_core.serving.protocol.incoming import InferRequest

_PROBE_EVERY = 31  # no multiple of the usual turns, so that the first of a turn is met too
_CROWD = 2.0
"""Requests of a turn, on average, from which it is a crowd; it ends below three quarters of it."""
_LOOP_S = 0.002
"""The longest a batch may hold up the event loop."""
WORTH_S = 40e-6
"""Waiting for the end of the turn costs a request about this much CPU (a task and a future)."""


class Pace:
    """How long predictions of a version take, learned from those that were made."""

    __slots__ = ("fixed_s", "row_s")

    def __init__(self, single_s: float = 0.0, row_s: float | None = None) -> None:
        single_s = single_s if single_s < float("inf") else 0.0  # refused all of its warm-up
        self.row_s = single_s if row_s is None else row_s
        self.fixed_s = max(0.0, single_s - self.row_s)

    @property
    def saving_s(self) -> float:
        """What each further request of a batch saves."""
        return self.fixed_s

    def learn(self, rows: int, seconds: float) -> None:
        """Move a fifth of the way to what was seen."""
        if rows > 1:
            self.row_s += 0.2 * (max(0.0, seconds - self.fixed_s) / rows - self.row_s)
        else:
            self.fixed_s += 0.2 * (max(0.0, seconds - self.row_s) - self.fixed_s)

    def rows_within(self, seconds: float) -> int:
        """Return how many rows may go together if they shall add no more than `seconds`; at least one."""
        return max(1, int(seconds / max(self.row_s, 1e-9)))


class Ticket:
    """One request that waits for an answer.

    Attributes:
        future: gets the outputs or the error; cancelled when nobody waits any more.
        rows: 0 when the request has to go alone.
    """

    __slots__ = ("future", "organisation_id", "request", "rows", "size_bytes")

    def __init__(self, request: InferRequest, organisation_id: str, size_bytes: int) -> None:
        self.request, self.organisation_id, self.size_bytes = request, organisation_id, size_bytes
        self.rows = 0 if request.parameters else rows_of(request.inputs)
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class Lane:
    """The requests of one version that wait for a slot, the most urgent first."""

    __slots__ = ("_heap", "_number", "running")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Ticket]] = []
        self._number = self.running = 0

    def __len__(self) -> int:
        self._drop_cancelled()
        return len(self._heap)

    def put(self, ticket: Ticket, priority: int) -> None:
        """Let a request wait; a lower number goes first."""
        self._number += 1
        heapq.heappush(self._heap, (priority, self._number, ticket))

    def take(self, max_rows: int) -> list[Ticket]:
        """Return the next request and those that can go with it; empty when nobody waits."""
        self._drop_cancelled()
        taken: list[Ticket] = []
        rows = 0
        while self._heap:
            ticket = self._heap[0][2]
            if taken and (not ticket.rows or not taken[0].rows or rows + ticket.rows > max_rows):
                break
            heapq.heappop(self._heap)
            taken.append(ticket)
            rows += ticket.rows
            self._drop_cancelled()
        return taken

    def _drop_cancelled(self) -> None:
        while self._heap and self._heap[0][2].future.done():
            heapq.heappop(self._heap)


class Gather:
    """Batches of a version that answers in the event loop."""

    __slots__ = ("_average", "_crowded", "_pace", "_predictor", "_rule", "_seen", "_waiting")

    def __init__(self, predictor: Predictor, rule: Callable[[], BatchRule], pace: Pace) -> None:
        self._predictor, self._rule, self._pace = predictor, rule, pace
        self._waiting: list[Ticket] = []
        self._seen, self._average, self._crowded = 0, 1.0, False

    def wants(self, request: InferRequest) -> bool:
        """Say whether a request should wait for the end of the loop's turn."""
        if request.parameters:
            return False
        self._seen += 1
        return self._crowded or bool(self._waiting) or self._seen % _PROBE_EVERY == 0

    def add(self, ticket: Ticket) -> None:
        """Let a request wait; its future gets the answer when the turn ends."""
        self._waiting.append(ticket)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._average += 0.25 * (len(waiting) - self._average)
        self._crowded = self._average > (0.75 * _CROWD if self._crowded else _CROWD)
        rule = self._rule()
        most = min(rule.max_rows, self._pace.rows_within(min(rule.latency_s, _LOOP_S)))
        lane = Lane()
        for ticket in waiting:
            lane.put(ticket, 0)
        while tickets := lane.take(most):
            requests = [ticket.request.inputs for ticket in tickets]
            settle(tickets, predict_each(self._predictor, rule, requests))


def settle(tickets: list[Ticket], answers: list[Any]) -> None:
    """Give every request that still waits its answer or error."""
    for ticket, answer in zip(tickets, answers, strict=True):
        if ticket.future.done():
            continue
        if isinstance(answer, BaseException):
            ticket.future.set_exception(answer)
        else:
            ticket.future.set_result(answer)
