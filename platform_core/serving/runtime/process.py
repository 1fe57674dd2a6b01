"""The runtime process: puts the parts together, listens, drains on SIGTERM."""

import asyncio
import contextlib
import gc
import signal
import uuid
from collections.abc import Generator, Mapping
from socket import socket
from typing import Any

import orjson
import structlog
import uvicorn
import uvloop

from platform_core.serving.engine import LoadOptions
from platform_core.serving.runtime import guard, rpc, sockets
from platform_core.serving.runtime.body import BodyReader
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.callers import Caller, KeyRing
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.directory import Directory
from platform_core.serving.runtime.execution import Execution
from platform_core.serving.runtime.filling import Filler
from platform_core.serving.runtime.inference import Inference
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rest import Headers, RestApplication
from platform_core.serving.runtime.statistics import Statistics, render

_log = structlog.get_logger("pentaquark.runtime")
ORGANISATION_HEADER = b"x-pentaquark-organisation"


def run(options: RuntimeOptions) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SocketTakenError: an address is in use.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Runtime(options).serve())


class _Server(uvicorn.Server):  # type: ignore[misc]
    """A uvicorn server that leaves the signals to the runtime."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Do nothing: two servers share one process."""
        yield


class Runtime:
    """All parts of one process; made inside its event loop."""

    def __init__(self, options: RuntimeOptions) -> None:
        self._options = options
        self._key_threads = DatabaseThreads("keys")
        self._route_threads = DatabaseThreads("routes")
        self._load_threads = DatabaseThreads("loads", threads=2)
        load_options = LoadOptions(threads=options.model_threads, device=options.device)
        filler = Filler(self._load_threads, load_options)
        self._cache = ModelCache(
            filler.fill, budget_bytes=options.memory_bytes, slots=options.model_concurrency
        )
        self._directory = Directory(
            self._route_threads, self._cache, load_timeout_s=options.load_timeout_s
        )
        self._execution = Execution(options)
        self._inference = Inference(self._directory, self._cache, self._execution)
        self._statistics, self._bodies = Statistics(), BodyReader(options)
        self._keys = KeyRing(self._key_threads)

    async def serve(self) -> None:
        """Listen, load, answer; return when drained."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        servers, grpc_server = await self._listen()
        background = [
            asyncio.create_task(
                guard.sweep(s.server_state.connections, limit_s=self._options.read_timeout_s)
            )
            for s, _ in servers
        ]
        starting = asyncio.create_task(self._start())
        background.append(starting)
        await stop.wait()
        _log.info("runtime_draining")
        self._inference.is_ready = False
        await self._drain(servers, grpc_server)
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        self._close()

    async def _listen(self) -> tuple[list[tuple[_Server, asyncio.Task[None]]], Any]:
        options = self._options
        tcp = sockets.open_tcp(options.host, options.rest_port)
        unix = sockets.open_unix(options.socket_path)
        public = self._application(self._caller_of_key, {"/metrics": self._metrics})
        trusted = self._application(
            _trusted_caller, {"/metrics": self._metrics, "/internal/state": self._state}
        )
        servicer = rpc.InferenceServicer(
            self._inference, self._execution, self._keys, self._statistics
        )
        try:
            grpc_server = rpc.make_server(servicer, options)
        except RuntimeError as error:
            raise sockets.SocketTakenError(
                f"Cannot listen on {options.host}:{options.grpc_port}; stop what uses the port, or "
                "choose another with PENTAQUARK_GRPC_PORT."
            ) from error
        await grpc_server.start()
        return [self._server(public, tcp), self._server(trusted, unix)], grpc_server

    def _server(
        self, application: RestApplication, listener: socket
    ) -> tuple[_Server, asyncio.Task[None]]:
        config = uvicorn.Config(
            application,
            http=guard.GuardedHttp,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=int(self._options.drain_s),
        )
        server = _Server(config)
        return server, asyncio.create_task(server.serve(sockets=[listener]))

    async def _start(self) -> None:
        """Read the routes, load what they need, then follow the changes."""
        while True:
            try:
                await self._directory.refresh()
                break
            except Exception:  # noqa: BLE001  (the database may come up after the runtime)
                _log.exception("directory_refresh_failed")
                await asyncio.sleep(1.0)
        following = asyncio.create_task(self._directory.follow(every_s=self._options.poll_s))
        try:
            await self._directory.preload()
            gc.collect()
            gc.freeze()  # what start-up made is never garbage: later collections skip it
            self._inference.is_ready = True
            _log.info("runtime_ready", models=len(self._cache.entries))
            await following
        finally:
            following.cancel()

    async def _drain(
        self, servers: list[tuple[_Server, asyncio.Task[None]]], grpc_server: Any
    ) -> None:
        for server, _ in servers:
            server.should_exit = True
        await asyncio.gather(
            grpc_server.stop(grace=self._options.drain_s),
            *(task for _, task in servers),
            return_exceptions=True,
        )

    def _close(self) -> None:
        self._execution.close()
        for threads in (self._key_threads, self._route_threads, self._load_threads):
            threads.close()
        self._options.socket_path.unlink(missing_ok=True)
        _log.info("runtime_stopped")

    def _application(self, authenticate: Any, pages: Mapping[str, Any]) -> RestApplication:
        return RestApplication(
            self._inference, self._execution, self._bodies, self._statistics, authenticate, pages
        )

    async def _caller_of_key(self, headers: Headers) -> Caller:
        return await self._keys.caller(headers.get(b"authorization"))

    def _metrics(self, headers: Headers) -> bytes:
        figures = [entry.figures for entry in self._cache.entries]
        return render(self._statistics, figures, self._options.memory_bytes)

    def _state(self, headers: Headers) -> bytes:
        organisation_id = headers.get(ORGANISATION_HEADER, b"").decode("latin-1")
        return bytes(orjson.dumps(self._inference.state(organisation_id)))


async def _trusted_caller(headers: Headers) -> Caller:
    """Believe the web process, which has checked the person's permission."""
    value = headers.get(ORGANISATION_HEADER, b"").decode("latin-1")
    try:
        return Caller(organisation_id=str(uuid.UUID(value)))
    except ValueError:
        raise Refusal(401, f"Send {ORGANISATION_HEADER.decode()}.") from None
