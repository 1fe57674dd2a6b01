"""The model cache: loads on demand, once; beyond the budget it forgets what is cheapest to miss.

GreedyDual-Size (Cao & Irani 1997): a version's credit is its cost to load per byte, on top of the credit of
what was forgotten last; using it renews the credit. What is large, quick to load or long unused goes first.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection

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
_GIVE_BACK_AFTER_S = 0.5
"""Versions forgotten within this time are given back to the system together."""
_log = structlog.get_logger("pentaquark.runtime")

Fill = Callable[[LoadedVersion, Callable[[int], Awaitable[None]]], Awaitable[None]]
"""Loads a version: fills the entry, calling back with the bytes it needs before it takes them."""


class ModelCache:
    """Versions by id; everything here runs on the event loop, so nothing is locked."""

    def __init__(
        self,
        fill: Fill,
        *,
        budget_bytes: int,
        slots: int,
        give_back: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Make an empty cache.

        Args:
            fill: loads one version.
            give_back: returns freed memory to the system.
            budget_bytes: all versions together.
            slots: predictions of one version that may run at once.
        """
        self._fill, self._slots, self._give_back = fill, slots, give_back
        self._giving_back: asyncio.Task[None] | None = None
        self._floor, self._floor_at = 0.0, 0.0
        self.budget_bytes = budget_bytes
        self._entries: dict[str, LoadedVersion] = {}
        self._pinned: frozenset[str] = frozenset()
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
            if self._give_back is not None and self._giving_back is None:
                task = asyncio.get_running_loop().create_task(self._return_memory(self._give_back))
                self._giving_back = task
                task.add_done_callback(self._gave_back)

    async def _return_memory(self, give_back: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(_GIVE_BACK_AFTER_S)
        await give_back()

    def _gave_back(self, task: "asyncio.Task[None]") -> None:
        self._giving_back = None
        if not task.cancelled() and task.exception() is not None:
            _log.warning("memory_not_given_back", reason=repr(task.exception()))

    def pin(self, ids: Collection[str]) -> None:
        """Keep these versions (by id) in memory from now on, and no others; loads nothing by itself."""
        self._pinned = frozenset(ids)
        for entry in self._entries.values():
            entry.pinned = entry.key.id in self._pinned

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
        entry.pinned = key.id in self._pinned
        self._entries[key.id] = entry
        began = time.perf_counter()
        try:
            await self._fill(entry, lambda needed: self._make_room(entry, needed))
        except Exception as error:  # noqa: BLE001  (recorded; a loader may raise anything)
            raise self._failed(entry, error) from None
        if self._entries.get(key.id) is not entry:
            entry.state = RETIRED
        entry.credit = self._floor + _worth(entry)
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
        """Forget idle versions, least credit first, until `more` bytes fit."""
        while more > 0 and self.used_bytes + more > self.budget_bytes:
            idle = [
                entry
                for entry in self._entries.values()
                if entry.state is READY and not entry.in_flight and not entry.pinned
            ]
            if not idle:
                return False
            self._renew_credit(idle)
            least = min(idle, key=lambda entry: (entry.credit, entry.last_used_at))
            self._floor, self._floor_at = least.credit, time.time()
            self.retire(least.key)
        return True

    def _renew_credit(self, entries: list[LoadedVersion]) -> None:
        """Give those used since the floor last rose what each use would have given them."""
        for entry in entries:
            if entry.last_used_at >= self._floor_at:
                entry.credit = self._floor + _worth(entry)

    def _figures_of(self, key: VersionKey) -> ModelFigures:
        """Return the version's figures, the old ones if it was loaded before."""
        if len(self._figures) >= _MAX_FIGURES:
            self._figures = {k: v for k, v in self._figures.items() if k in self._entries}
        labels = (key.organisation_id, key.model_name, key.number)
        return self._figures.setdefault(key.id, ModelFigures(labels))


def _worth(entry: LoadedVersion) -> float:
    """Return seconds to load again per MiB held."""
    return (entry.load_s + entry.warm_up_s) / max(entry.size_bytes, 1) * 2**20


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
