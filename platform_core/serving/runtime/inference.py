"""The requests of the protocol, whichever wire brought them: infer, metadata, readiness, state."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from platform_core.serving.engine import PredictionInputError
from platform_core.serving.protocol.datatypes import ProtocolError
from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.directory import Directory
from platform_core.serving.runtime.execution import Execution, Outputs
from platform_core.serving.runtime.refusals import Refusal, busy
from platform_core.serving.runtime.versions import FAILED, LoadedVersion

_log = structlog.get_logger("pentaquark.runtime")
Decode = Callable[[LoadedVersion], InferRequest | Awaitable[InferRequest]]


class Inference:
    """Answers callers.

    Attributes:
        is_ready: start-up is over and the process is not draining.
    """

    def __init__(self, directory: Directory, cache: ModelCache, execution: Execution) -> None:
        self._directory, self._cache, self._execution = directory, cache, execution
        self.is_ready = False

    async def find(self, caller: Caller, name: str, number: str) -> LoadedVersion:
        """Return the version that will answer a prediction.

        Raises:
            Refusal: 403, 404 or 503.
        """
        if not caller.may_predict:
            raise Refusal(403, "This API key's scope does not allow predictions.")
        route = (caller.organisation_id, name)
        entry = None if number else self._directory.ready(route)
        return entry or await self._directory.find(route, number)

    async def predict(self, entry: LoadedVersion, request: InferRequest) -> Outputs:
        """Return the outputs of a request.

        Raises:
            Refusal: 400 with the predictor's words, 500 for a model that broke, 503.
        """
        entry.in_flight += 1
        entry.last_used_at = time.time()
        try:
            return await self._execution.predict(entry, request)
        except PredictionInputError as error:
            entry.figures.failures += 1
            raise Refusal(400, str(error)) from None
        except Refusal:
            entry.figures.failures += 1
            raise
        except Exception as error:
            entry.figures.failures += 1
            _log.exception(
                "prediction_failed", model=entry.key.model_name, version=entry.key.number
            )
            raise Refusal(
                500, "The model failed on this request; its operator can see why."
            ) from error
        finally:
            entry.in_flight -= 1

    async def metadata(self, caller: Caller, name: str, number: str) -> dict[str, Any]:
        """Return the protocol's description of a model.

        Raises:
            Refusal: 403, 404 or 503.
        """
        entry = await self._view(caller, name, number)
        assert entry.predictor is not None, "find returns ready versions"  # noqa: S101
        manifest = entry.predictor.manifest
        return {
            "name": name,
            "versions": [entry.key.number],
            "platform": f"pentaquark_{manifest.flavour}",
            "inputs": [_tensor(spec) for spec in manifest.inputs],
            "outputs": [_tensor(spec) for spec in manifest.outputs],
        }

    async def check_ready(self, caller: Caller, name: str, number: str) -> None:
        """Return when the model can answer; loads it if it was not in memory.

        Raises:
            Refusal: 403, 404 or 503.
        """
        await self._view(caller, name, number)

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

    async def _view(self, caller: Caller, name: str, number: str) -> LoadedVersion:
        if not (caller.may_view or caller.may_predict):
            raise Refusal(403, "This API key's scope does not allow looking at endpoints.")
        return await self._directory.find((caller.organisation_id, name), number)

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
        }


def as_refusal(error: ProtocolError) -> Refusal:
    """Return the 400 of a malformed request."""
    return Refusal(400, str(error))


def _tensor(spec: Any) -> dict[str, Any]:
    return {"name": spec.name, "datatype": spec.datatype, "shape": list(spec.shape)}
