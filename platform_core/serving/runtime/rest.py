"""The REST protocol as a raw ASGI application: no framework stands between socket and model."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from platform_core.serving.runtime.body import CallerGoneError, Receive
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.paths import Paths, Target
from platform_core.serving.runtime.refusals import Refusal, busy
from platform_core.serving.runtime.rest_answers import Answer, Headers, refused
from platform_core.serving.runtime.rest_control import DEEDS, OPEN, RestControl
from platform_core.serving.runtime.rest_inference import RestInference
from platform_core.serving.runtime.statistics import Statistics

_log = structlog.get_logger("pentaquark.runtime")
Authenticate = Callable[[Headers], Awaitable[Caller]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class RestApplication:
    """Answers one listener; a second instance with another `authenticate` serves the Unix socket."""

    def __init__(
        self,
        predictions: RestInference,
        control: RestControl,
        statistics: Statistics,
        authenticate: Authenticate,
    ) -> None:
        """Make the application of one listener.

        `authenticate` turns headers into the caller or raises Refusal 401, before the body is read.
        """
        self._predictions, self._control = predictions, control
        self._statistics, self._authenticate = statistics, authenticate
        self._paths = Paths()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request in the way of ASGI."""
        if scope["type"] != "http":
            return
        answer = await self.respond(scope, receive)
        if answer is None:
            return
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def respond(self, scope: dict[str, Any], receive: Receive) -> Answer | None:
        """Return the answer, its length among the headers; None when nobody is there to read it.

        Whatever goes wrong becomes a status and a sentence.
        """
        try:
            status, headers, body = await self._answer(scope, receive)
        except Refusal as refusal:
            status, headers, body = refused(refusal)
        except CallerGoneError:
            self._statistics.count("rest", 499)
            return None
        except asyncio.CancelledError:  # the caller has gone (guard.py), or the process has to end
            self._statistics.count("rest", 499)
            _, headers, body = refused(busy("The runtime is stopping.", code="stopping"))
            return 503, [*headers, _length(body)], body
        except Exception:  # noqa: BLE001  (the process's edge: logged, and nothing of it leaks)
            _log.exception("request_failed", path=scope["path"][:200])
            status, headers, body = refused(Refusal(500, "The runtime failed on this request."))
        self._statistics.count("rest", status)
        headers.append(_length(body))
        return status, headers, body

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> Answer:
        target = self._paths.target(scope["path"])
        headers = dict(scope["headers"])
        if target.action == "infer":
            _check_method(scope["method"], target)
            caller = await self._authenticate(headers)
            return await self._predictions.answer(caller, target, headers, receive)
        if target.action == "not_served":
            return self._control.open(target, scope, headers)
        _check_method(scope["method"], target)
        if target.action in OPEN:
            return self._control.open(target, scope, headers)
        caller = await self._authenticate(headers)
        if target.action in DEEDS:
            return await self._control.act(caller, target, headers, receive)
        return await self._control.look(caller, target)


def _check_method(method: str, target: Target) -> None:
    if target.action == "infer" or target.action in DEEDS:
        if method != "POST":
            raise Refusal(405, "Predictions and commands are sent with POST.")
    elif method not in {"GET", "HEAD"}:
        raise Refusal(405, "This address is read with GET.")


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(body)
