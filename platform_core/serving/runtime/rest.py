"""The REST protocol as a raw ASGI application: no framework stands between socket and model."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import structlog

from platform_core.serving.protocol import incoming, outgoing
from platform_core.serving.protocol.datatypes import ProtocolError
from platform_core.serving.runtime.body import BodyReader, CallerGoneError, Receive
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.execution import INLINE_BYTES, Execution
from platform_core.serving.runtime.inference import Inference, as_refusal
from platform_core.serving.runtime.paths import Paths, Target
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.statistics import Statistics

_log = structlog.get_logger("pentaquark.runtime")
Headers = Mapping[bytes, bytes]
Authenticate = Callable[[Headers], Awaitable[Caller]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

_JSON = (b"content-type", b"application/json")
_BINARY = (b"content-type", b"application/octet-stream")
_FORWARDED = frozenset({b"x-forwarded-for", b"x-real-ip", b"forwarded"})
_JSON_LENGTH = b"inference-header-content-length"
SERVER = {
    "name": "pentaquark",
    "version": "0.1.0",
    "extensions": ["binary_tensor_data", "model_versions"],
}


class RestApplication:
    """Answers one listener; a second instance with another `authenticate` serves the Unix socket."""

    def __init__(
        self,
        inference: Inference,
        execution: Execution,
        bodies: BodyReader,
        statistics: Statistics,
        authenticate: Authenticate,
        pages: Mapping[str, Callable[[Headers], bytes]],
    ) -> None:
        """Make the application of one listener.

        `authenticate` turns headers into the caller or raises Refusal 401; `pages` are further GET
        paths of this listener (JSON when they begin like it); the rest is shared by all listeners.
        """
        self._inference, self._execution, self._bodies = inference, execution, bodies
        self._statistics, self._authenticate = statistics, authenticate
        self._pages, self._paths = pages, Paths()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong becomes a status and a sentence."""
        if scope["type"] != "http":
            return
        try:
            status, headers, body = await self._answer(scope, receive)
        except Refusal as refusal:
            status, headers, body = _refused(refusal)
        except CallerGoneError:
            return
        except Exception:  # noqa: BLE001  (the process's edge: logged, and nothing of it leaks)
            _log.exception("request_failed", path=scope["path"][:200])
            status, headers, body = _refused(Refusal(500, "The runtime failed on this request."))
        self._statistics.count("rest", status)
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> Answer:
        target = self._paths.target(scope["path"])
        method = scope["method"]
        if target.action == "infer":
            if method != "POST":
                raise Refusal(405, "Predictions are asked for with POST.")
            return await self._infer(target, dict(scope["headers"]), receive)
        if method not in {"GET", "HEAD"}:
            raise Refusal(405, "This address is read with GET.")
        return await self._look(target, scope)

    async def _infer(self, target: Target, headers: Headers, receive: Receive) -> Answer:
        caller = await self._authenticate(headers)
        entry = await self._inference.find(caller, target.name, target.version)
        claimed = self._bodies.claim(headers)
        try:
            body = await self._bodies.read(receive, headers)
            began = time.perf_counter()
            arguments = body, _json_length(headers), entry.input_datatypes
            try:
                request = (
                    incoming.decode(*arguments)
                    if len(body) <= INLINE_BYTES
                    else await self._execution.offload(incoming.decode, *arguments)
                )
                outputs = await self._inference.predict(entry, request)
                content, json_length = outgoing.encode(
                    request,
                    outputs,
                    model=(target.name, entry.key.number),
                    datatypes=entry.output_datatypes,
                )
            except ProtocolError as error:
                entry.figures.failures += 1
                raise as_refusal(error) from None
        finally:
            if claimed:
                self._bodies.release(claimed)
        entry.figures.histogram.observe(time.perf_counter() - began)
        if json_length is None:
            return 200, [_JSON], content
        return 200, [_BINARY, (_JSON_LENGTH, str(json_length).encode())], content

    async def _look(self, target: Target, scope: dict[str, Any]) -> Answer:
        if target.action == "live":
            return _json({"live": True})
        if target.action == "server_ready":
            self._inference.require_ready()
            return _json({"ready": True})
        if target.action == "server":
            return _json(SERVER)
        headers = dict(scope["headers"])
        if target.action == "page" and target.name in self._pages and _is_local(scope, headers):
            body = self._pages[target.name](headers)
            kind = _JSON if body[:1] in {b"{", b"["} else (b"content-type", b"text/plain")
            return 200, [kind], body
        if target.action in {"model", "model_ready"}:
            return await self._model(target, headers)
        raise Refusal(404, "There is nothing at this address; see /v2.")

    async def _model(self, target: Target, headers: Headers) -> Answer:
        caller = await self._authenticate(headers)
        if target.action == "model_ready":
            await self._inference.check_ready(caller, target.name, target.version)
            return _json({"name": target.name, "ready": True})
        return _json(await self._inference.metadata(caller, target.name, target.version))


def _is_local(scope: Mapping[str, Any], headers: Headers) -> bool:
    """Say whether the caller is on this machine: metrics name the models of all organisations.

    What a proxy forwards comes from loopback too, but not from this machine.
    """
    client = scope.get("client")
    return (client is None or client[0] in {"127.0.0.1", "::1"}) and not _FORWARDED & headers.keys()


def _json_length(headers: Headers) -> int | None:
    value = headers.get(_JSON_LENGTH)
    if value is None:
        return None
    if not value.isdigit() or len(value) > 12:
        raise Refusal(400, "Inference-Header-Content-Length is a number.")
    return int(value)


def _json(document: dict[str, Any]) -> Answer:
    return 200, [_JSON], orjson.dumps(document)


def _refused(refusal: Refusal) -> Answer:
    headers = [_JSON]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refusal.retry_after_s:
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    return refusal.status, headers, orjson.dumps({"error": refusal.words})
