"""The runtime process: puts the parts together, listens, drains on SIGTERM."""

import asyncio
import contextlib
import gc
import signal
import sys
import uuid
from collections.abc import Generator, Mapping
from dataclasses import replace
from functools import partial
from socket import socket
from typing import Any

import orjson
import structlog
import uvicorn
import uvloop

from platform_core.serving.engine import LoadOptions
from platform_core.serving.runtime import guard, rpc_server, sockets, tracing
from platform_core.serving.runtime.body import BodyReader
from platform_core.serving.runtime.cache import ModelCache
from platform_core.serving.runtime.callers import Caller, KeyRing
from platform_core.serving.runtime.catalogue import Catalogue
from platform_core.serving.runtime.database import DatabaseThreads
from platform_core.serving.runtime.directory import Directory
from platform_core.serving.runtime.execution import Execution
from platform_core.serving.runtime.filling import Filler
from platform_core.serving.runtime.internal import InternalApplication
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.presence import Presence
from platform_core.serving.runtime.quick_http import QuickHttp
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rest import RestApplication
from platform_core.serving.runtime.rest_answers import Headers
from platform_core.serving.runtime.rest_control import RestControl
from platform_core.serving.runtime.rpc import InferenceService
from platform_core.serving.runtime.rpc_gate import Gate
from platform_core.serving.runtime.statistics import Load, Statistics, render

_log = structlog.get_logger("pentaquark.runtime")
_OWN_FILES = 512
"""Kept free of REST's callers: for gRPC's, the database and libraries."""
_SWITCH_S = 0.0002
"""A thread that loads a model lets the event loop in after this time; Python's own 5 ms are 80 answers."""
ORGANISATION_HEADER, PLATFORM_HEADER = b"x-pentaquark-organisation", b"x-pentaquark-platform"


def run(options: RuntimeOptions) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SocketTakenError: an address is in use.
    """
    sys.setswitchinterval(_SWITCH_S)
    limit = sockets.raise_file_limit() - _OWN_FILES
    options = replace(options, max_connections=min(options.max_connections, limit))
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
        self._use_threads = DatabaseThreads("uses")
        self._route_threads = DatabaseThreads("routes")
        self._load_threads = DatabaseThreads("loads", threads=2)
        load_options = LoadOptions(threads=options.model_threads, device=options.device)
        filler = Filler(self._load_threads, load_options, budget_bytes=options.memory_bytes)
        self._cache = ModelCache(
            filler.fill,
            budget_bytes=options.memory_bytes,
            slots=options.model_concurrency,
            give_back=filler.give_back,
        )
        self._directory = Directory(
            self._route_threads, self._cache, load_timeout_s=options.load_timeout_s
        )
        self._execution = Execution(options)
        self._parts = tracing.parts(options.otlp_url, options.trace_ratio)
        self._inference = self._parts.inference(self._directory, self._cache, self._execution)
        self._catalogue = Catalogue(self._directory, self._cache, self._use_threads)
        self._statistics, self._bodies = Statistics(), BodyReader(options)
        self._keys = KeyRing(self._key_threads, self._use_threads)
        self._gate = Gate(self._keys, self._statistics)
        self._presence = Presence(options, self._directory, self._cache, self._inference)

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
        background.append(
            asyncio.create_task(self._gate.sweep(limit_s=self._options.read_timeout_s))
        )
        inference = self._inference
        works = (
            self._start(),
            self._presence.follow(),
            inference.shadows.work(),
            inference.log.work(),
        )
        background.extend(asyncio.create_task(work) for work in works)
        await stop.wait()
        _log.info("runtime_draining")
        self._inference.is_ready = False
        leaving = asyncio.create_task(self._presence.leave())
        await self._drain(servers, grpc_server)
        for task in background:
            task.cancel()
        await asyncio.gather(leaving, *background, return_exceptions=True)
        await self._inference.log.close()
        self._close()

    async def _listen(self) -> tuple[list[tuple[_Server, asyncio.Task[None]]], Any]:
        options = self._options
        tcp = sockets.open_tcp(options.host, options.rest_port)
        unix = sockets.open_unix(options.socket_path)
        public = self._application(self._caller_of_key, {"/metrics": self._metrics})
        trusted = self._application(
            _trusted_caller, {"/metrics": self._metrics, "/internal/state": self._state}
        )
        service = InferenceService(self._inference, self._catalogue, self._execution, self._bodies)
        calls = rpc_server.Calls(service, self._gate, self._keys, self._statistics)
        try:
            grpc_server = rpc_server.make_server(calls, self._gate, options)
        except RuntimeError as error:
            raise sockets.SocketTakenError(
                f"Cannot listen on {options.host}:{options.grpc_port}; stop what uses the port, or "
                "choose another with PENTAQUARK_GRPC_PORT."
            ) from error
        await grpc_server.start()
        servers = [self._server(public, tcp), self._server(trusted, unix)]
        if options.internal:
            host, _, port = options.internal.rpartition(":")
            gate = InternalApplication(trusted, metrics_token=options.metrics_token)
            servers.append(self._server(gate, sockets.open_tcp(host.strip("[]"), int(port))))
        return servers, grpc_server

    def _server(
        self, application: RestApplication | InternalApplication, listener: socket
    ) -> tuple[_Server, asyncio.Task[None]]:
        config = uvicorn.Config(
            application,
            http=partial(QuickHttp, max_connections=self._options.max_connections),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=75,
            proxy_headers=False,  # who calls is who is connected; metrics depend on it
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
        self._inference.shadows.close()
        self._parts.stop()
        for threads in (
            self._key_threads,
            self._use_threads,
            self._route_threads,
            self._load_threads,
        ):
            threads.close()
        self._options.socket_path.unlink(missing_ok=True)
        _log.info("runtime_stopped")

    def _application(self, authenticate: Any, pages: Mapping[str, Any]) -> RestApplication:
        predictions = self._parts.predictions(self._inference, self._execution, self._bodies)
        control = RestControl(self._inference, self._catalogue, self._bodies, pages)
        return self._parts.application(predictions, control, self._statistics, authenticate)

    async def _caller_of_key(self, headers: Headers) -> Caller:
        return await self._keys.caller(headers.get(b"authorization"))

    def _metrics(self, headers: Headers) -> bytes:
        figures = [entry.figures for entry in self._cache.entries]
        load = Load(
            self._options.memory_bytes, self._presence.utilisation, self._presence.desired_replicas
        )
        log = self._inference.log
        self._statistics.logged, self._statistics.log_dropped = log.written, log.dropped
        return render(self._statistics, figures, load)

    def _state(self, headers: Headers) -> bytes:
        organisation_id = headers.get(ORGANISATION_HEADER, b"").decode("latin-1")
        return bytes(orjson.dumps(self._inference.state(organisation_id)))


async def _trusted_caller(headers: Headers) -> Caller:
    """Believe the web process, which has checked the person's permission."""
    value = headers.get(ORGANISATION_HEADER, b"").decode("latin-1")
    try:
        organisation_id = str(uuid.UUID(value))
    except ValueError:
        raise Refusal(401, f"Send {ORGANISATION_HEADER.decode()}.") from None
    return Caller(organisation_id, is_platform=PLATFORM_HEADER in headers)
