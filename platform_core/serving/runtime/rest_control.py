"""Everything of the REST protocol that is not a prediction."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from platform_core.serving.protocol.describing import SERVER
from platform_core.serving.runtime.body import BodyReader, Receive
from platform_core.serving.runtime.callers import Caller
from platform_core.serving.runtime.catalogue import Catalogue
from platform_core.serving.runtime.inference import Inference
from platform_core.serving.runtime.paths import Target
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rest_answers import JSON, Answer, Headers, as_json

Page = Callable[[Headers], bytes]

OPEN = frozenset({"live", "server_ready", "server", "page", "not_served"})
"""Answered without a key."""
DEEDS = frozenset({"index", "load", "unload"})
"""Asked for with POST; the rest with GET."""
_FORWARDED = frozenset({b"x-forwarded-for", b"x-real-ip", b"forwarded"})
_MAX_COMMAND_BYTES = 64 * 1024
_NO_OVERRIDES = (
    "A version is served as it was registered; `config` and files of a load request are not taken. "
    "Register a new version instead."
)
NOT_SERVED = "{} is not served here; GET /v2 lists what is."


class RestControl:
    """Answers one listener; `pages` are its further GET paths (JSON when they begin like it)."""

    def __init__(
        self,
        inference: Inference,
        catalogue: Catalogue,
        bodies: BodyReader,
        pages: Mapping[str, Page],
    ) -> None:
        self._inference, self._catalogue = inference, catalogue
        self._bodies, self._pages = bodies, pages

    def open(self, target: Target, scope: Mapping[str, Any], headers: Headers) -> Answer:
        """Return what needs no key.

        Raises:
            Refusal: 404, 501, 503.
        """
        if target.action == "live":
            return as_json({"live": True})
        if target.action == "server_ready":
            self._inference.require_ready()
            return as_json({"ready": True})
        if target.action == "server":
            return as_json(SERVER)
        if target.action == "not_served":
            raise Refusal(501, NOT_SERVED.format(f"“{target.name}”"))
        if target.name in self._pages and _is_local(scope, headers):
            body = self._pages[target.name](headers)
            kind = JSON if body[:1] in {b"{", b"["} else (b"content-type", b"text/plain")
            return 200, [kind], body
        raise Refusal(404, "There is nothing at this address; see /v2.")

    async def look(self, caller: Caller, target: Target) -> Answer:
        """Return what a caller asks of a model.

        Raises:
            Refusal: 403, 404, 503.
        """
        asked = caller, target.name, target.version
        if target.action == "model_ready":
            await self._catalogue.check_ready(*asked)
            return as_json({"name": target.name, "ready": True})
        if target.action == "config":
            return as_json(await self._catalogue.configuration(*asked))
        if target.action == "stats":
            return as_json(await self._catalogue.statistics(*asked))
        return as_json(await self._catalogue.metadata(*asked))

    async def act(
        self, caller: Caller, target: Target, headers: Headers, receive: Receive
    ) -> Answer:
        """Answer index, load and unload.

        Raises:
            Refusal: 400, 403, 404, 413, 501, 503.
        """
        command = await self._command(headers, receive)
        if target.action == "index":
            ready_only = command.get("ready") is True
            return as_json(self._catalogue.index(caller, ready_only=ready_only))
        if target.action == "load":
            check_overrides(command.get("parameters") or {})
            await self._catalogue.load(caller, target.name)
        else:
            await self._catalogue.unload(caller, target.name)
        return as_json({"name": target.name, "load": target.action == "load"})

    async def _command(self, headers: Headers, receive: Receive) -> dict[str, Any]:
        claimed = self._bodies.claim(headers)
        try:
            body = await self._bodies.read(receive)
        finally:
            if claimed:
                self._bodies.release(claimed)
        if len(body) > _MAX_COMMAND_BYTES:
            raise Refusal(413, f"A command has at most {_MAX_COMMAND_BYTES // 1024} KiB.")
        try:
            command = orjson.loads(body or b"{}")
        except orjson.JSONDecodeError as error:
            raise Refusal(400, f"The body is not JSON: {error}") from None
        if type(command) is not dict or type(command.get("parameters") or {}) is not dict:
            raise Refusal(400, "The body is a JSON object; `parameters` is one too.")
        return command


def check_overrides(parameters: Mapping[str, Any]) -> None:
    """Refuse to load anything else than what is registered.

    Raises:
        Refusal: 501.
    """
    if any(key == "config" or key.startswith("file:") for key in parameters):
        raise Refusal(501, _NO_OVERRIDES)


def _is_local(scope: Mapping[str, Any], headers: Headers) -> bool:
    """Say whether the caller is on this machine: metrics name the models of all organisations.

    What a proxy forwards comes from loopback too, but not from this machine.
    """
    client = scope.get("client")
    return (client is None or client[0] in {"127.0.0.1", "::1"}) and not _FORWARDED & headers.keys()
