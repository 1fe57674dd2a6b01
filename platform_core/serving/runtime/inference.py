"""Predictions, whichever wire brought them, and the state of what answers them."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import structlog

from platform_core.serving.engine import PredictionInputError
from platform_core.serving.protocol.datatypes import ProtocolError
from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.directory import Directory
from platform_core.serving.runtime.execution import INLINE_BYTES, Execution, Outputs, bytes_of
from platform_core.serving.runtime.refusals import Refusal, busy
from platform_core.serving.runtime.request_log import RequestLog
from platform_core.serving.runtime.response_cache import ResponseCache, key_of
from platform_core.serving.runtime.shadow import ShadowQueue
from platform_core.serving.runtime.shadow_counts import ShadowKey
from platform_core.serving.runtime.traffic import ANY, Arm, Wish
from platform_core.serving.runtime.versions import FAILED, LoadedVersion

_log = structlog.get_logger("pentaquark.runtime")


class Inference:
    """Answers callers.

    Attributes:
        is_ready: start-up is over and the process is not draining.
        shadows: where copies of requests wait.
        log: where requests wait that were drawn for the request log.
    """

    def __init__(self, directory: Directory, cache: ModelCache, execution: Execution) -> None:
        self._directory, self._cache, self._execution = directory, cache, execution
        self.is_ready = False
        self.shadows = ShadowQueue()
        self.log = RequestLog()

    async def find(
        self, caller: Caller, name: str, number: str, wish: Wish = ANY
    ) -> tuple[LoadedVersion, Arm]:
        """Return the version that will answer a prediction, and the alias that was chosen.

        Raises:
            Refusal: 400, 403, 404 or 503.
        """
        if not caller.may_predict:
            raise Refusal(403, "This API key's scope does not allow predictions.")
        route = (caller.organisation_id, name)
        if not number and not wish.alias:
            found = self._directory.ready(route, wish.sticky_key)
            if found is not None:
                return found
        return await self._directory.find(route, number, wish)

    async def predict(
        self, entry: LoadedVersion, request: InferRequest, caller: Caller, arm: Arm
    ) -> Outputs:
        """Return the outputs of a request; `entry` and `arm` are what `find` gave.

        Raises:
            Refusal: 400 with the predictor's words, 500 for a model that broke, 503.
        """
        entry.in_flight += 1
        entry.last_used_at = time.time()
        began = time.perf_counter()
        outputs: Outputs | None = None
        refusal: Refusal | None = None
        try:
            if entry.platform_inputs and not caller.is_platform:
                _check_inputs(entry, request)
            if arm.answers is None:
                outputs = await self._execution.predict(entry, request)
            else:
                outputs = await self._answer(arm.answers, entry, request)
        except Exception as error:  # noqa: BLE001  (a predictor may raise anything; said, logged and counted)
            refusal = _refusal_of(entry, error)
            entry.figures.failures += 1
            # the traceback's frames hold the request and, through asyncio's futures, this error: in a
            # cycle, large inputs would wait for the garbage collector
            error.__traceback__ = None
            raise refusal from None
        finally:
            entry.in_flight -= 1
            seconds = time.perf_counter() - began
            entry.figures.count_model(seconds)
            if arm.counts is not None:
                arm.counts.observe(seconds, failed=refusal is not None)
            if arm.shadow is not None and outputs is not None:
                self._later(self._copy, entry, request, outputs, seconds, arm)
            if arm.sampler is not None and outputs is not None and arm.sampler.draws():
                # before the answer is written: it tells the id a label may be sent for
                self.log.offer(arm, (int(entry.key.number), seconds), request, outputs)
            refusal = None  # its traceback will hold this frame
        return outputs

    async def _answer(
        self, answers: ResponseCache, entry: LoadedVersion, request: InferRequest
    ) -> Outputs:
        """Return what was answered to the same request before, else ask the model and keep it.

        Large requests are not looked up: hashing them would hold up the event loop.
        """
        if sum(bytes_of(array) for array in request.inputs.values()) > INLINE_BYTES:
            return await self._execution.predict(entry, request)
        key = key_of(entry.key, request)
        kept = answers.get(key)
        if kept is not None:
            entry.figures.kept += 1
            return kept
        outputs = await self._execution.predict(entry, request)
        answers.put(key, outputs)
        return outputs

    def stick(
        self, found: tuple[LoadedVersion, Arm], request: InferRequest, wish: Wish
    ) -> tuple[LoadedVersion, Arm]:
        """Take `sticky_key` out of a request's parameters and heed it where the headers wished nothing."""
        if not request.parameters or "sticky_key" not in request.parameters:
            return found
        key = str(request.parameters.pop("sticky_key"))
        _, arm = found
        if wish is not ANY or not arm.alias:
            return found
        return self._directory.ready(arm.route, key) or found

    def _later(self, function: Callable[..., None], *seen: Any) -> None:
        # runs when this request's task has given up the loop: its answer is written then
        asyncio.get_running_loop().call_soon(function, *seen)

    def _copy(
        self,
        entry: LoadedVersion,
        request: InferRequest,
        outputs: Outputs,
        seconds: float,
        arm: Arm,
    ) -> None:
        """Hand a copy of an answered request to the shadow."""
        shadow = arm.shadow
        if shadow is None or shadow.arm.active in (None, entry.key):
            return
        if shadow.fraction < 1 and random.random() >= shadow.fraction:  # noqa: S311
            return
        twin = self._cache.ready(shadow.arm.active)
        numbers = int(entry.key.number), int(shadow.arm.active.number)
        counts = self.shadows.of(ShadowKey(shadow.endpoint_id, arm.alias, *numbers))
        if twin is None:
            counts.dropped += 1
            self._directory.wake(shadow.arm)
        else:
            self.shadows.offer(counts, twin, request, outputs, seconds)

    def state(self, organisation_id: str) -> list[dict[str, Any]]:
        """Describe every version, for the console; empty id means all organisations."""
        wanted = [
            entry
            for entry in self._cache.entries
            if organisation_id in ("", entry.key.organisation_id)
        ]
        wanted.sort(key=lambda entry: entry.last_used_at, reverse=True)
        return [self._describe(entry) for entry in wanted]

    def require_ready(self) -> None:
        """Refuse while the process starts or drains.

        Raises:
            Refusal: 503.
        """
        if not self.is_ready:
            raise busy("The runtime is starting or stopping.")

    def _describe(self, entry: LoadedVersion) -> dict[str, Any]:
        key, histogram = entry.key, entry.figures.histogram
        return {
            "organisation_id": key.organisation_id,
            "model_name": key.model_name,
            "version": key.number,
            "version_id": key.id,
            "endpoints": self._directory.endpoints_of(key),
            "flavour": entry.flavour,
            "state": entry.state,
            "error": entry.error if entry.state == FAILED else "",
            "size_bytes": entry.size_bytes,
            "hits": histogram.total,
            "failures": entry.figures.failures,
            "in_flight": entry.in_flight,
            "last_used_at": entry.last_used_at,
            "loaded_at": entry.loaded_at,
            "load_s": entry.load_s,
            "warm_up_s": entry.warm_up_s,
            "p50_ms": histogram.quantile_ms(0.5),
            "p95_ms": histogram.quantile_ms(0.95),
            "p99_ms": histogram.quantile_ms(0.99),
            "mean_ms": 1000 * histogram.sum_s / histogram.total if histogram.total else None,
            "model_ms": entry.figures.model_ms,
            "latency": histogram.rows_ms(),
        }


def _check_inputs(entry: LoadedVersion, request: InferRequest) -> None:
    """Refuse inputs that change what others are answered: the web checks who may tell such things."""
    for name in entry.platform_inputs & request.inputs.keys():
        raise Refusal(400, f"The input {name!r} is for the platform itself; leave it out.")


def _refusal_of(entry: LoadedVersion, error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, PredictionInputError):
        return Refusal(400, str(error))
    _log.error(
        "prediction_failed",
        model=entry.key.model_name,
        version=entry.key.number,
        exc_info=error,
    )
    return Refusal(500, "The model failed on this request; its operator can see why.")


def as_refusal(error: ProtocolError) -> Refusal:
    """Return the 400 of a malformed request."""
    return Refusal(400, str(error))
