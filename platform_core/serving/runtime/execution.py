"""Where predictions run: in the event loop when they are tiny, else in a bounded pool of threads."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from numpy.typing import NDArray

from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.refusals import busy
from platform_core.serving.runtime.versions import LoadedVersion

T = TypeVar("T")
Outputs = Mapping[str, NDArray[Any]]
INLINE_BYTES = 64 * 1024
"""Requests beyond this leave the event loop, whatever the model: decoding them alone takes long."""


class Execution:
    """The pool, its queue and its limits."""

    def __init__(self, options: RuntimeOptions) -> None:
        self._options = options
        self._pool = ThreadPoolExecutor(options.pool_threads, thread_name_prefix="predict")
        self._pending = 0

    async def predict(self, entry: LoadedVersion, request: InferRequest) -> Outputs:
        """Return the outputs of one request.

        Raises:
            Refusal: 503, the queue is full or the time is up.
            PredictionInputError: the predictor's words.
        """
        predictor = entry.predictor
        assert predictor is not None, "only ready versions are asked"  # noqa: S101
        if entry.inline and _size_bytes(request) <= INLINE_BYTES:
            return predictor.predict(request.inputs, request.parameters)
        return await self._in_pool(entry, request)

    async def offload(self, function: Callable[..., T], *args: object) -> T:
        """Run work that would hold up the loop (large bodies) in the pool."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    def close(self) -> None:
        """Stop the pool; whatever still runs is left to end with the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_pool(self, entry: LoadedVersion, request: InferRequest) -> Outputs:
        limit = self._options.queue_limit
        if self._pending >= limit or entry.waiting >= max(1, limit // 4):
            raise busy("The runtime's queue is full; try again in a moment.")
        self._pending += 1
        try:
            async with asyncio.timeout(self._options.request_timeout_s):
                await self._take_slot(entry)
                return await asyncio.wrap_future(self._start(entry, request))
        except TimeoutError:
            raise busy(
                f"The prediction took longer than {self._options.request_timeout_s:g} s."
            ) from None
        finally:
            self._pending -= 1

    async def _take_slot(self, entry: LoadedVersion) -> None:
        entry.waiting += 1
        try:
            await entry.slots.acquire()
        finally:
            entry.waiting -= 1

    def _start(self, entry: LoadedVersion, request: InferRequest) -> "Future[Outputs]":
        """Submit to the pool; the slot is given back when the thread is done, not when we give up."""
        assert entry.predictor is not None, "only ready versions are asked"  # noqa: S101
        loop = asyncio.get_running_loop()
        future: Future[Outputs] = self._pool.submit(
            entry.predictor.predict, request.inputs, request.parameters
        )
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(entry.slots.release))
        return future


def _size_bytes(request: InferRequest) -> int:
    return sum(array.nbytes for array in request.inputs.values())
