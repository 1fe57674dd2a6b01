"""Loads one version: registry, verification, decryption in memory, predictor, warm-up."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from platform_core.accounts.api import Organisation
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving.engine import (
    Bundle,
    LoadOptions,
    Manifest,
    give_back,
    load_predictor,
    needed_bytes,
    warm_up,
)
from platform_core.serving.loaders import loaders
from platform_core.serving.protocol import incoming, json_data
from platform_core.serving.protocol.datatypes import ProtocolError
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.forecast import MemoryForecast
from platform_core.serving.runtime.versions import WARMING, LoadedVersion, VersionKey
from platform_core.serving.warm_up import recorded_bodies

_log = structlog.get_logger("pentaquark.runtime")
_Requests = list[tuple[Mapping[str, Any], Mapping[str, Any]]]


@dataclass(frozen=True)
class _Opened:
    bundle: Bundle
    recorded: list[tuple[bytes, int]]


class Filler:
    """Fills cache entries in threads; at most two at once, so that loading leaves CPU to answer."""

    def __init__(
        self, threads: DatabaseThreads, options: LoadOptions, *, budget_bytes: int
    ) -> None:
        self._threads, self._options = threads, options
        self._forecast = MemoryForecast(budget_bytes=budget_bytes)

    async def fill(self, entry: LoadedVersion, make_room: Callable[[int], Awaitable[None]]) -> None:
        """Load and warm the version of `entry`.

        Args:
            entry: becomes ready.
            make_room: called with the bytes it needs, first as foreseen, then as measured; raises when
                there is no room.
        """
        began = time.perf_counter()
        opened = await self._threads.call(_open, entry.key)
        manifest, file_bytes = opened.bundle.manifest, opened.bundle.size_bytes
        await make_room(self._foreseen(entry, opened.bundle))
        loaded = await self._threads.call(load_predictor, opened.bundle, loaders(), self._options)
        requests = _requests(manifest, opened.recorded)
        del opened  # its bytes are in the predictor now
        await make_room(loaded.size_bytes)
        self._forecast.learn(manifest.flavour, file_bytes, loaded.size_bytes)
        predictor = loaded.predictor
        entry.describe_tensors(predictor)
        entry.figures.size_bytes = loaded.size_bytes
        entry.load_s = time.perf_counter() - began
        entry.state = WARMING
        warmed = await self._threads.call(warm_up, predictor, requests)
        entry.warm_up_s = time.perf_counter() - began - entry.load_s
        entry.become_ready(predictor, warmed)

    async def give_back(self) -> None:
        """Return the memory of what was forgotten to the system."""
        await self._threads.call(give_back)

    def _foreseen(self, entry: LoadedVersion, bundle: Bundle) -> int:
        """Return what the load will take: as it took last time, else as others of its flavour did."""
        if entry.figures.size_bytes:
            return entry.figures.size_bytes
        flavour, file_bytes = bundle.manifest.flavour, bundle.size_bytes
        return self._forecast.bytes_of(flavour, file_bytes, needed_bytes(bundle))


def _open(key: VersionKey) -> _Opened:
    organisation = Organisation.objects.get(pk=key.organisation_id)
    version = registry.resolve(organisation=organisation, name=key.model_name, reference=key.number)
    bundle = registry.open_bundle(version=version)
    try:
        recorded = recorded_bodies(version)
    except PlatformError as error:  # a version serves without its recording
        _log.warning("warm_up_recording_unreadable", version=key.number, reason=error.detail)
        recorded = []
    return _Opened(bundle, recorded)


def _requests(manifest: Manifest, recorded: list[tuple[bytes, int]]) -> _Requests:
    """Return (inputs, parameters) to warm up with: what was recorded, else the model's own example."""
    datatypes = {spec.name: spec.datatype for spec in manifest.inputs}
    try:
        if recorded:
            decoded = [incoming.decode(body, length, datatypes) for body, length in recorded]
            return [(each.inputs, each.parameters) for each in decoded]
        example = manifest.attributes.get("example")
        if not isinstance(example, Mapping) or not isinstance(example.get("inputs"), Mapping):
            return []
        inputs = {
            name: json_data.decode(data, name=name, datatype=datatypes[name], shape=None)
            for name, data in example["inputs"].items()
        }
        return [(inputs, dict(example.get("parameters") or {}))]
    except (ProtocolError, KeyError) as error:
        _log.warning("warm_up_request_unusable", reason=str(error))
        return []
