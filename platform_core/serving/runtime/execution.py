"""Where predictions run: in the event loop when they are tiny, else in a bounded pool of threads."""

import asyncio
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from numpy.typing import NDArray

from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.batching import Ticket
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.scheduling import Scheduler
from platform_core.serving.runtime.versions import LoadedVersion

T = TypeVar("T")
Outputs = Mapping[str, NDArray[Any]]
INLINE_BYTES = 64 * 1024
"""Requests beyond this leave the event loop, whatever the model: decoding them alone takes long."""
_MAX_RETRY_S = 30
_PRIORITY, _TIMEOUT = "priority", "timeout"


class Execution:
    """The threads, their queue and its limits."""

    def __init__(self, options: RuntimeOptions) -> None:
        self._options = options
        self._scheduler = Scheduler(options.pool_threads)
        self._helpers = ThreadPoolExecutor(2, thread_name_prefix="offload")
        self._pending: dict[str, int] = {}
        self._pending_all = self._pending_bytes = 0

    async def predict(self, entry: LoadedVersion, request: InferRequest) -> Outputs:
        """Return the outputs of one request.

        The parameters `priority` (lower goes first, 0 is the usual) and `timeout` (microseconds) are taken
        out of the request. A cancelled call leaves the queue at once; what runs already runs to its end.

        Raises:
            Refusal: 429 the organisation has enough waiting, 503 the queue is full or the time is up.
            PredictionInputError: the predictor's words.
        """
        predictor = entry.predictor
        assert predictor is not None, "only ready versions are asked"  # noqa: S101
        size = 0
        for array in request.inputs.values():
            size += bytes_of(array)
        if not entry.inline or size > INLINE_BYTES:
            return await self._in_pool(entry, request, size)
        if entry.gather is None or not entry.gather.wants(request):
            return predictor.predict(request.inputs, request.parameters)
        ticket = Ticket(request, entry.key.organisation_id, size)
        entry.gather.add(ticket)
        gathered: Outputs = await ticket.future
        return gathered

    async def offload(self, function: Callable[..., T], *args: object) -> T:
        """Run work that would hold up the loop (large bodies) in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._helpers, function, *args)

    def close(self) -> None:
        """Stop the threads; whatever still runs is left to end with the process."""
        self._scheduler.close()
        self._helpers.shutdown(wait=False, cancel_futures=True)

    async def _in_pool(self, entry: LoadedVersion, request: InferRequest, size: int) -> Outputs:
        priority = _whole_number(request, _PRIORITY)
        limit_s = self._options.request_timeout_s
        if wished_us := _whole_number(request, _TIMEOUT):
            limit_s = min(limit_s, wished_us / 1e6)
        ticket = Ticket(request, entry.key.organisation_id, size + entry.answer_bytes)
        if entry.batch is None:
            ticket.rows = 0
        self._admit(entry, ticket)
        timer = asyncio.get_running_loop().call_later(limit_s, self._expire, ticket, limit_s)
        try:
            self._scheduler.submit(entry, ticket, priority)
            outputs: Outputs = await ticket.future
        finally:
            timer.cancel()
            self._leave(ticket)
        entry.answer_bytes = max(
            entry.answer_bytes // 2, sum(array.nbytes for array in outputs.values())
        )
        return outputs

    def _admit(self, entry: LoadedVersion, ticket: Ticket) -> None:
        """Count a request in, or refuse it before it takes memory.

        Raises:
            Refusal: 429 or 503.
        """
        limit, own = self._options.queue_limit, self._pending.get(ticket.organisation_id, 0)
        full = self._pending_all >= limit or self._scheduler.waiting(entry) >= max(1, limit // 4)
        if full:
            raise self._busy(
                503, "The runtime's queue is full; try again in a moment.", "queue_full"
            )
        if limit >= 8 and own >= limit - limit // 4:
            words = (
                "Your organisation has as many requests waiting as it may; try again in a moment."
            )
            raise self._busy(429, words, "organisation_queue_full")
        if (
            self._pending_all
            and self._pending_bytes + ticket.size_bytes > self._options.bodies_bytes
        ):
            words = (
                "The requests that wait fill the runtime's memory for them; try again in a moment."
            )
            raise self._busy(503, words, "queue_bytes_full")
        self._pending[ticket.organisation_id] = own + 1
        self._pending_all += 1
        self._pending_bytes += ticket.size_bytes

    def _leave(self, ticket: Ticket) -> None:
        own = self._pending[ticket.organisation_id] - 1
        if own:
            self._pending[ticket.organisation_id] = own
        else:
            del self._pending[ticket.organisation_id]
        self._pending_all -= 1
        self._pending_bytes -= ticket.size_bytes

    def _busy(self, status: int, words: str, code: str) -> Refusal:
        wait_s = min(_MAX_RETRY_S, max(1, math.ceil(self._scheduler.expected_s)))
        return Refusal(status, words, retry_after_s=wait_s, code=code)

    def _expire(self, ticket: Ticket, limit_s: float) -> None:
        if not ticket.future.done():
            words = f"The prediction took longer than {limit_s:g} s."
            ticket.future.set_exception(self._busy(503, words, "prediction_timeout"))


def bytes_of(array: NDArray[Any]) -> int:
    """Return what a tensor holds, with its texts; of those numpy counts the pointers only."""
    return array.nbytes + (sum(map(len, array.flat)) if array.dtype.hasobject else 0)


def _whole_number(request: InferRequest, name: str) -> int:
    """Take one of the protocol's own parameters out of a request; 0 without it.

    Raises:
        Refusal: 400, not a whole number of 0 or more.
    """
    if not request.parameters or name not in request.parameters:
        return 0
    value = request.parameters.pop(name)
    if type(value) is str and value.isdecimal() and len(value) < 16:
        value = int(value)
    if type(value) is not int or value < 0:
        raise Refusal(400, f"The parameter `{name}` is a whole number of 0 or more.")
    return value
