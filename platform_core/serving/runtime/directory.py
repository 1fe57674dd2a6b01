"""The directory: which version answers for an endpoint, kept up to date without failed requests."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import unquote
from uuid import UUID

import structlog

from platform_core.serving.runtime import routes, sharing
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.counting import Counters, CountKey
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.refusals import Refusal, busy
from platform_core.serving.runtime.request_log import Sampler
from platform_core.serving.runtime.routes import RouteRow
from platform_core.serving.runtime.traffic import ANY, Arm, RouteName, Shadow, Split, Wish
from platform_core.serving.runtime.versions import READY, LoadedVersion, VersionKey

_log = structlog.get_logger("pentaquark.runtime")
_MAX_PINNED = 1000
_MAX_NUMBER_DIGITS = 9
Found = tuple[LoadedVersion, Arm]


class Route:
    """One endpoint: its arms by alias, and how requests are split among them."""

    __slots__ = ("arms", "endpoint_id", "epoch", "model_name", "sampler", "split", "watched")

    def __init__(self, row: RouteRow) -> None:
        self.arms: dict[str, Arm] = {}
        self.sampler = Sampler(row.endpoint_id)
        self.take(row)

    def take(self, row: RouteRow) -> list[Arm]:
        """Follow the database; return the arms that are new."""
        self.model_name, self.endpoint_id, self.epoch = row.model_name, row.endpoint_id, row.epoch
        self.watched = bool(row.options.get("watch"))
        self.sampler.heed(row.options)
        known, self.arms = self.arms, {}
        for one in (*row.arms, *filter(None, [row.shadow])):
            arm = known.get(one.alias) or Arm(row.name, one.alias, one.version)
            arm.target, arm.problem = one.version, one.problem
            arm.heed(row.options)
            arm.sampler = self.sampler if self.sampler.rate else None
            arm.shadow = None
            self.arms[one.alias] = arm
        answering = [self.arms[one.alias] for one in row.arms]
        if row.shadow is not None:
            shadow = Shadow(self.arms[row.shadow.alias], row.shadow.share, row.endpoint_id)
            for arm in answering:
                arm.shadow = shadow
        others = [(self.arms[one.alias], one.share) for one in row.arms[1:]]
        self.split = Split(answering[0], others)
        return [arm for alias, arm in self.arms.items() if alias not in known]

    def count(self, counters: Counters) -> None:
        """Give every arm that shares the traffic, or is watched, the counts of its version."""
        answering = self.split.arms if self.split.is_divided or self.watched else []
        for arm in self.arms.values():
            arm.counts = None
            if arm in answering and arm.active is not None:
                number = int(arm.active.number)
                arm.counts = counters.of(CountKey(self.endpoint_id, self.epoch, arm.alias, number))


class Directory:
    """Endpoints by (organisation, name); lives on the event loop, reads in a thread."""

    def __init__(
        self, threads: DatabaseThreads, cache: ModelCache, *, load_timeout_s: float
    ) -> None:
        self._threads, self._cache, self._load_timeout_s = threads, cache, load_timeout_s
        self._routes: dict[RouteName, Route] = {}
        self._pinned: dict[tuple[RouteName, str, str], VersionKey] = {}
        self._marker: routes.Marker | None = None
        self._switches: dict[Arm, asyncio.Task[None]] = {}
        self._preloading = asyncio.Lock()
        self.counters = Counters()
        self.owns: Callable[[RouteName], bool] = lambda _: True

    def ready(self, name: RouteName, sticky_key: str = "") -> Found | None:
        """Return what answers now, if it is in memory: the way of almost all requests."""
        route = self._routes.get(name)
        if route is None:
            return None
        arm = route.split.pick(sticky_key)
        if arm.active is not None and (entry := self._cache.ready(arm.active)) is not None:
            return entry, arm
        return None if arm is route.split.first else self._stand_in(route, arm)

    def _stand_in(self, route: Route, absent: Arm) -> Found | None:
        """Let the first arm answer while another one is not in memory, and fetch that one."""
        self.wake(absent)
        first = route.split.first
        entry = self._cache.ready(first.active) if first.active is not None else None
        return None if entry is None else (entry, first)

    def wake(self, arm: Arm) -> None:
        """Fetch the version of an arm that is not in memory, beside whatever else goes on."""
        if arm not in self._switches:
            self._in_background(arm, self._fetch)

    async def find(self, name: RouteName, number: str = "", wish: Wish = ANY) -> Found:
        """Return the version that answers, loading it if need be.

        Args:
            name: organisation and endpoint.
            number: a certain version of the endpoint's model; empty takes the traffic.
            wish: of the caller; a number comes before it.

        Raises:
            Refusal: 404 no such endpoint, version or alias, 503 it cannot answer now.
        """
        route = self._routes.get(name) or await self._read(name)
        arm = await self._arm(name, route, number, wish)
        if arm.active is None:
            raise busy(f"Endpoint “{name[1]}” has no version to answer with: {arm.problem}")
        try:
            # not `asyncio.timeout`: a request that comes the quick way is in no task yet (eager.py)
            load = self._cache.load(arm.active)
            return await asyncio.wait_for(load, self._load_timeout_s), arm
        except TimeoutError:
            raise busy(f"Endpoint “{name[1]}” is still loading its model.") from None

    async def _arm(self, name: RouteName, route: Route, number: str, wish: Wish) -> Arm:
        if number:
            return Arm(name, "", await self._pin(name, route, number, "version"))
        if alias := unquote(wish.alias):
            own = route.arms.get(alias)
            return own or Arm(name, alias, await self._pin(name, route, alias, "alias"))
        return route.split.first

    def route(self, name: RouteName) -> Route | None:
        """Return what is known of an endpoint."""
        return self._routes.get(name)

    def endpoints_of(self, key: VersionKey) -> list[str]:
        """Return the names a version answers for."""
        return sorted({arm.route[1] for arm in self.arms if arm.active == key})

    @property
    def arms(self) -> Iterator[Arm]:
        """Every arm of every endpoint."""
        return (arm for route in self._routes.values() for arm in route.arms.values())

    async def follow(self, *, every_s: float) -> None:
        """Keep up with the database until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001  (a process's edge: the database may be away for a while)
                _log.exception("directory_refresh_failed")

    async def refresh(self) -> None:
        """Read the routes if anything changed since the last time."""
        marker = await self._threads.call(routes.read_marker)
        if marker != self._marker:
            self._apply(await self._threads.call(routes.read_routes))
            self._marker = marker
        for arm in self.arms:
            if arm.active != arm.target and arm not in self._switches:
                self._in_background(arm, self._switch)
        self._heed_options()

    def _heed_options(self) -> None:
        """Pin what endpoints pin, and limit the batches of what is loaded, as they say."""
        self._share_answers()
        pinned: dict[str, sharing.Asked] = {}
        for arm in self.arms:
            entry = self._cache.ready(arm.active) if arm.options and arm.active else None
            if entry is None:
                continue
            if arm.options.get("max_rows") or arm.options.get("latency_ms"):
                entry.limit_batches(arm.options)
            if arm.options.get("pinned"):
                key = entry.key
                pinned[key.id] = sharing.Asked(key.organisation_id, key.id, entry.size_bytes)
        self._cache.pin(sharing.whole(pinned.values(), self._cache.budget_bytes // 2))

    def _share_answers(self) -> None:
        """Give every endpoint that keeps answers its part of what there is for that."""
        keeping = {
            f"{number}": arm for number, arm in enumerate(self.arms) if arm.answers is not None
        }
        asked = (
            sharing.Asked(arm.route[0], key, int(arm.options["response_cache_bytes"]))
            for key, arm in keeping.items()
        )
        for key, granted in sharing.shares(asked, sharing.ANSWERS_BYTES).items():
            answers = keeping[key].answers
            if answers is not None:
                answers.resize(granted)

    async def preload(self) -> None:
        """Load what every endpoint answers with, as far as the budget goes."""
        for arm in list(self.arms):
            await self._preload(arm)

    async def _preload(self, arm: Arm) -> None:
        # one after another, and half the budget stays free of guesses: loading ahead must neither
        # push out what is in use nor take the CPU of what is asked for
        async with self._preloading:
            asleep = bool(arm.options.get("idle_unload_s")) or not self.owns(arm.route)
            if asleep or self._cache.used_bytes > self._cache.budget_bytes // 2:
                return
            await self._fetch(arm)

    async def _fetch(self, arm: Arm) -> None:
        if arm.active is None:
            return
        try:
            await self._cache.load(arm.active)
        except Refusal as refusal:
            arm.problem = refusal.words

    def _apply(self, rows: list[RouteRow]) -> None:
        self._pinned.clear()
        before = self._needed()
        for name in self._routes.keys() - {row.name for row in rows}:
            del self._routes[name]
        for row in rows:
            self._take(row)
        self._leave(before)

    def _take(self, row: RouteRow) -> Route:
        route = self._routes.get(row.name)
        if route is None:
            route = self._routes[row.name] = Route(row)
            new = list(route.arms.values())
        else:
            new = route.take(row)
        for arm in new:
            self._in_background(arm, self._preload)
        for arm in route.arms.values():
            if arm.active is None or arm.target is None or self._cache.ready(arm.active) is None:
                arm.active = arm.target
        route.count(self.counters)
        return route

    async def _switch(self, arm: Arm) -> None:
        """Load and warm the target, then let it answer; until then the old version does."""
        while (target := arm.target) is not None and arm.active != target:
            try:
                await self._cache.load(target)
            except Refusal as refusal:
                arm.problem = refusal.words
                return
            if arm.target == target:
                before = self._needed()
                arm.active, arm.problem = target, ""
                self._leave(before)
                if (route := self._routes.get(arm.route)) is not None:
                    route.count(self.counters)

    def _needed(self) -> set[VersionKey]:
        return {key for arm in self.arms for key in (arm.active, arm.target) if key is not None}

    def _leave(self, before: set[VersionKey]) -> None:
        """Retire the versions that no endpoint needs any more."""
        for key in before - self._needed():
            self._cache.retire(key)

    def unload_idle(self, now: float) -> None:
        """Free what no request has asked for as long as its endpoints say; `now` as `time.time()`."""
        patience: dict[VersionKey, float] = {}
        for arm in self.arms:
            if arm.active is not None:
                idle_s = arm.options.get("idle_unload_s") or float("inf")
                patience[arm.active] = max(idle_s, patience.get(arm.active, 0.0))
        for entry in self._cache.entries:
            used_at = max(entry.last_used_at, entry.loaded_at)
            idle = entry.state is READY and not entry.in_flight
            if idle and now - used_at > patience.get(entry.key, float("inf")):
                self._cache.retire(entry.key)

    def problems(self) -> dict[tuple[UUID, str], str]:
        """Return why arms cannot be loaded: (endpoint id, alias) -> words."""
        return {
            (route.endpoint_id, arm.alias): arm.problem
            for route in self._routes.values()
            for arm in route.arms.values()
            if arm.problem
        }

    def _in_background(self, arm: Arm, work: Callable[[Arm], Awaitable[None]]) -> None:
        async def run() -> None:
            await work(arm)

        task = asyncio.get_running_loop().create_task(run())
        self._switches[arm] = task
        task.add_done_callback(lambda _: self._switches.pop(arm, None))

    async def _read(self, name: RouteName) -> Route:
        """Look for an endpoint made since the last refresh."""
        no_name = "\0" in name[1]  # which PostgreSQL fails on rather than not find
        row = None if no_name else await self._threads.call(routes.read_route, name)
        if row is None:
            raise Refusal(404, f"Your organisation has no endpoint “{name[1][:63]}”.")
        return self._take(row)

    async def _pin(self, name: RouteName, route: Route, reference: str, kind: str) -> VersionKey:
        """Return the version of a number or alias that is not part of the traffic."""
        key = self._pinned.get((name, kind, reference))
        if key is None and _may_exist(reference, kind):
            key = await self._threads.call(
                routes.read_version, name[0], route.model_name, reference
            )
        if key is None:
            raise Refusal(404, f"Endpoint “{name[1]}” has no {kind} {reference[:63]!r}.")
        if len(self._pinned) >= _MAX_PINNED:
            self._pinned.clear()
        self._pinned[name, kind, reference] = key
        return key


def _may_exist(reference: str, kind: str) -> bool:
    if kind == "version":
        return reference.isdecimal() and len(reference) <= _MAX_NUMBER_DIGITS
    return not reference.isdecimal() and len(reference) <= 63 and "\0" not in reference
