"""The model cache: loads on demand, once; forgets the least recently used beyond the budget."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from platform_core.errors import PlatformError
from platform_core.serving.engine import BundleError
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.statistics import ModelFigures
from platform_core.serving.runtime.versions import (
    FAILED,
    READY,
    RETIRED,
    LoadedVersion,
    VersionKey,
)

_RETRY_FAILED_S = 5.0
_WAIT_FOR_ROOM_S = 10.0
_MAX_FIGURES = 2000
_log = structlog.get_logger("pentaquark.runtime")

Fill = Callable[[LoadedVersion, Callable[[int], Awaitable[None]]], Awaitable[None]]
"""Loads a version: fills the entry, calling back with the bytes it needs before it takes them."""


class ModelCache:
    """Versions by id; everything here runs on the event loop, so nothing is locked."""

    def __init__(self, fill: Fill, *, budget_bytes: int, slots: int) -> None:
        """Make an empty cache.

        Args:
            fill: loads one version.
            budget_bytes: all versions together.
            slots: predictions of one version that may run at once.
        """
        self._fill, self._slots = fill, slots
        self.budget_bytes = budget_bytes
        self._entries: dict[str, LoadedVersion] = {}
        self._loads: dict[str, asyncio.Task[LoadedVersion]] = {}
        self._figures: dict[str, ModelFigures] = {}

    def ready(self, key: VersionKey) -> LoadedVersion | None:
        """Return the version if it can answer now."""
        entry = self._entries.get(key.id)
        return entry if entry is not None and entry.state is READY else None

    @property
    def entries(self) -> list[LoadedVersion]:
        """Everything loaded, loading or failed."""
        return list(self._entries.values())

    @property
    def used_bytes(self) -> int:
        """Bytes taken or promised."""
        return sum(entry.size_bytes for entry in self._entries.values())

    async def load(self, key: VersionKey) -> LoadedVersion:
        """Return the version, loading it first if need be; callers at the same time share one load.

        Raises:
            Refusal: 503 with the reason it cannot be loaded.
        """
        if (entry := self.ready(key)) is not None:
            return entry
        task = self._loads.get(key.id)
        if task is None:
            self._refuse_recent_failure(key)
            task = asyncio.get_running_loop().create_task(self._load(key))
            self._loads[key.id] = task
            task.add_done_callback(lambda done: self._finish(key.id, done))
        return await asyncio.shield(task)

    def retire(self, key: VersionKey) -> None:
        """Forget a version; requests inside it end in peace, then its memory is free."""
        entry = self._entries.pop(key.id, None)
        if entry is not None:
            entry.state = RETIRED
            _log.info("model_retired", model=key.model_name, version=key.number)

    def _finish(self, version_id: str, task: "asyncio.Task[LoadedVersion]") -> None:
        self._loads.pop(version_id, None)
        if not task.cancelled():
            task.exception()  # every waiter was told; a background load has none

    def _refuse_recent_failure(self, key: VersionKey) -> None:
        entry = self._entries.get(key.id)
        if entry is None or entry.state != FAILED:
            return
        if time.monotonic() - entry.failed_at < _RETRY_FAILED_S:
            raise Refusal(503, entry.error, retry_after_s=int(_RETRY_FAILED_S))

    async def _load(self, key: VersionKey) -> LoadedVersion:
        entry = LoadedVersion(key, self._figures_of(key), self._slots)
        self._entries[key.id] = entry
        began = time.perf_counter()
        try:
            await self._fill(entry, lambda needed: self._make_room(entry, needed))
        except Exception as error:  # noqa: BLE001  (recorded; a loader may raise anything)
            raise self._failed(entry, error) from None
        if self._entries.get(key.id) is not entry:
            entry.state = RETIRED
        _log.info(
            "model_loaded",
            model=key.model_name,
            version=key.number,
            seconds=round(time.perf_counter() - began, 3),
            size_bytes=entry.size_bytes,
        )
        return entry

    def _failed(self, entry: LoadedVersion, error: Exception) -> Refusal:
        key = entry.key
        entry.error = f"Version {key.number} of {key.model_name} cannot be loaded: {_words(error)}"
        entry.state, entry.size_bytes, entry.predictor = FAILED, 0, None
        entry.failed_at = time.monotonic()
        known = isinstance(error, (Refusal, BundleError, PlatformError))
        _log.error(
            "model_load_failed",
            model=key.model_name,
            version=key.number,
            reason=_words(error),
            exc_info=None if known else error,
        )
        return Refusal(503, entry.error, retry_after_s=int(_RETRY_FAILED_S))

    async def _make_room(self, entry: LoadedVersion, needed: int) -> None:
        """Promise `needed` bytes to `entry`, forgetting others for it.

        Raises:
            Refusal: it does not fit, even alone, or those that are answering or loading now do not
                come to an end.
        """
        if needed > self.budget_bytes:
            raise Refusal(
                503,
                f"it takes {_mebibytes(needed)}, the memory budget of the runtime is "
                f"{_mebibytes(self.budget_bytes)} (PENTAQUARK_RUNTIME_MEMORY_MB).",
            )
        ends_at = time.monotonic() + _WAIT_FOR_ROOM_S
        while not self._forget_for(needed - entry.size_bytes):
            if time.monotonic() > ends_at:
                raise Refusal(503, "the runtime's memory is taken by models that are answering.")
            await asyncio.sleep(0.02)
        entry.size_bytes = needed

    def _forget_for(self, more: int) -> bool:
        """Forget idle versions, least recently used first, until `more` bytes fit."""
        while more > 0 and self.used_bytes + more > self.budget_bytes:
            idle = [e for e in self._entries.values() if e.state is READY and not e.in_flight]
            if not idle:
                return False
            self.retire(min(idle, key=lambda e: e.last_used_at).key)
        return True

    def _figures_of(self, key: VersionKey) -> ModelFigures:
        """Return the version's figures, the old ones if it was loaded before."""
        if len(self._figures) >= _MAX_FIGURES:
            self._figures = {k: v for k, v in self._figures.items() if k in self._entries}
        labels = (key.organisation_id, key.model_name, key.number)
        return self._figures.setdefault(key.id, ModelFigures(labels))


def _words(error: Exception) -> str:
    if isinstance(error, Refusal):
        return error.words
    if isinstance(error, PlatformError):
        return error.detail
    if isinstance(error, BundleError):
        return str(error)
    return "an unexpected error, written to the runtime's log."


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"
