"""The directory: which version answers for an endpoint, kept up to date without failed requests."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from platform_core.serving.runtime import routes
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.refusals import Refusal, busy
from platform_core.serving.runtime.routes import RouteName, RouteRow
from platform_core.serving.runtime.versions import LoadedVersion, VersionKey

_log = structlog.get_logger("pentaquark.runtime")
_MAX_PINNED = 1000


class Route:
    """One endpoint: `active` answers, `target` is what its alias points to now."""

    __slots__ = ("active", "model_name", "problem", "target")

    def __init__(self, row: RouteRow) -> None:
        self.model_name, self.problem = row.model_name, row.problem
        self.active: VersionKey | None = row.version
        self.target: VersionKey | None = row.version


class Directory:
    """Endpoints by (organisation, name); lives on the event loop, reads in a thread."""

    def __init__(
        self, threads: DatabaseThreads, cache: ModelCache, *, load_timeout_s: float
    ) -> None:
        self._threads, self._cache, self._load_timeout_s = threads, cache, load_timeout_s
        self._routes: dict[RouteName, Route] = {}
        self._pinned: dict[tuple[RouteName, str], VersionKey] = {}
        self._marker: routes.Marker | None = None
        self._switches: dict[RouteName, asyncio.Task[None]] = {}
        self._preloading = asyncio.Lock()

    def ready(self, name: RouteName) -> LoadedVersion | None:
        """Return the version that answers now, if it is in memory: the way of almost all requests."""
        route = self._routes.get(name)
        if route is None or route.active is None:
            return None
        return self._cache.ready(route.active)

    async def find(self, name: RouteName, number: str = "") -> LoadedVersion:
        """Return the version that answers, loading it if need be.

        Args:
            name: organisation and endpoint.
            number: a certain version of the endpoint's model; empty takes the alias.

        Raises:
            Refusal: 404 no such endpoint or version, 503 it cannot answer now.
        """
        route = self._routes.get(name) or await self._read(name)
        key = await self._pin(name, route, number) if number else route.active
        if key is None:
            raise busy(f"Endpoint “{name[1]}” has no version to answer with: {route.problem}")
        try:
            async with asyncio.timeout(self._load_timeout_s):
                return await self._cache.load(key)
        except TimeoutError:
            raise busy(f"Endpoint “{name[1]}” is still loading its model.") from None

    def route(self, name: RouteName) -> Route | None:
        """Return what is known of an endpoint."""
        return self._routes.get(name)

    def endpoints_of(self, key: VersionKey) -> list[str]:
        """Return the names a version answers for."""
        return [name[1] for name, route in self._routes.items() if route.active == key]

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
        for name, route in self._routes.items():
            if route.active != route.target and name not in self._switches:
                self._in_background(name, self._switch, route)

    async def preload(self) -> None:
        """Load what every endpoint answers with, as far as the budget goes."""
        for route in list(self._routes.values()):
            await self._preload(route)

    async def _preload(self, route: Route) -> None:
        # one after another, and half the budget stays free of guesses: loading ahead must neither
        # push out what is in use nor take the CPU of what is asked for
        async with self._preloading:
            if route.active is None or self._cache.used_bytes > self._cache.budget_bytes // 2:
                return
            try:
                await self._cache.load(route.active)
            except Refusal as refusal:
                route.problem = refusal.words

    def _apply(self, rows: list[RouteRow]) -> None:
        self._pinned.clear()
        for name in self._routes.keys() - {row.name for row in rows}:
            gone = self._routes.pop(name)
            self._leave(gone.active)
            self._leave(gone.target)
        for row in rows:
            self._take(row)

    def _take(self, row: RouteRow) -> Route:
        route = self._routes.get(row.name)
        if route is None:
            route = self._routes[row.name] = Route(row)
            self._in_background(row.name, self._preload, route)
            return route
        before = {route.active, route.target}
        route.model_name, route.problem, route.target = row.model_name, row.problem, row.version
        if route.active is None or row.version is None or self._cache.ready(route.active) is None:
            route.active = row.version
        for key in before:
            self._leave(key)
        return route

    async def _switch(self, route: Route) -> None:
        """Load and warm the target, then let it answer; until then the old version does."""
        while (target := route.target) is not None and route.active != target:
            try:
                await self._cache.load(target)
            except Refusal as refusal:
                route.problem = refusal.words
                return
            if route.target == target:
                left, route.active, route.problem = route.active, target, ""
                self._leave(left)

    def _leave(self, key: VersionKey | None) -> None:
        """Retire a version that no endpoint needs any more."""
        wanted = (key in (route.active, route.target) for route in self._routes.values())
        if key is not None and not any(wanted):
            self._cache.retire(key)

    def _in_background(
        self, name: RouteName, work: Callable[[Route], Awaitable[None]], route: Route
    ) -> None:
        async def run() -> None:
            await work(route)

        task = asyncio.get_running_loop().create_task(run())
        self._switches[name] = task
        task.add_done_callback(lambda _: self._switches.pop(name, None))

    async def _read(self, name: RouteName) -> Route:
        """Look for an endpoint made since the last refresh."""
        no_name = "\0" in name[1]  # which PostgreSQL fails on rather than not find
        row = None if no_name else await self._threads.call(routes.read_route, name)
        if row is None:
            raise Refusal(404, f"Your organisation has no endpoint “{name[1][:63]}”.")
        return self._take(row)

    async def _pin(self, name: RouteName, route: Route, number: str) -> VersionKey | None:
        if route.active is not None and route.active.number == number:
            return route.active
        key = self._pinned.get((name, number))
        if key is None and number.isdecimal() and len(number) < 10:
            key = await self._threads.call(routes.read_version, name[0], route.model_name, number)
        if key is None:
            raise Refusal(404, f"Endpoint “{name[1]}” has no version {number[:20]!r}.")
        if len(self._pinned) >= _MAX_PINNED:
            self._pinned.clear()
        self._pinned[name, number] = key
        return key
