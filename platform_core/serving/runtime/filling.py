"""Loads one version: registry, verification, decryption in memory, predictor, warm-up."""

import time
from collections.abc import Awaitable, Callable

from platform_core.accounts.api import Organisation
from platform_core.registry import api as registry
from platform_core.serving.engine import Bundle, LoadOptions, load_predictor, needed_bytes, warm_up
from platform_core.serving.loaders import loaders
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.versions import WARMING, LoadedVersion, VersionKey


class Filler:
    """Fills cache entries in threads; at most two at once, so that loading leaves CPU to answer."""

    def __init__(self, threads: DatabaseThreads, options: LoadOptions) -> None:
        self._threads, self._options = threads, options

    async def fill(self, entry: LoadedVersion, make_room: Callable[[int], Awaitable[None]]) -> None:
        """Load and warm the version of `entry`.

        Args:
            entry: becomes ready.
            make_room: called with the bytes it needs; raises when there is no room.
        """
        began = time.perf_counter()
        bundle = await self._threads.call(_open_bundle, entry.key)
        await make_room(needed_bytes(bundle))
        predictor = await self._threads.call(load_predictor, bundle, loaders(), self._options)
        await make_room(predictor.size_bytes)
        entry.describe_tensors(predictor)
        entry.figures.size_bytes = predictor.size_bytes
        entry.load_s = time.perf_counter() - began
        entry.state = WARMING
        best_s = await self._threads.call(warm_up, predictor)
        entry.warm_up_s = time.perf_counter() - began - entry.load_s
        entry.become_ready(predictor, best_s=best_s)


def _open_bundle(key: VersionKey) -> Bundle:
    organisation = Organisation.objects.get(pk=key.organisation_id)
    version = registry.resolve(organisation=organisation, name=key.model_name, reference=key.number)
    return registry.open_bundle(version=version)
