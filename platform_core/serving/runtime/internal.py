"""The listener for web processes of other machines: the trusted application behind a signed token.

The Unix socket is trusted because only this user can open it; over a network a token takes its place. It does
not hide what is sent: encrypt the network between the hosts (see `deploy/README.md`).
"""

import hmac
from typing import Any

from platform_core.serving.nodes import TOKEN_HEADER, is_token
from platform_core.serving.runtime.body import Receive
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.rest import RestApplication, Send
from platform_core.serving.runtime.rest_answers import refused

_TOKEN = TOKEN_HEADER.encode()
_ORGANISATION = b"x-pentaquark-organisation"
_FORWARDED = frozenset({b"x-forwarded-for", b"x-real-ip", b"forwarded"})


class InternalApplication:
    """Lets through who carries the platform's token, and to the metrics who carries theirs."""

    def __init__(self, trusted: RestApplication, *, metrics_token: str) -> None:
        self._trusted, self._metrics_token = trusted, metrics_token.encode()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        if scope["path"].startswith("/v2/health/") or self._is_known(scope["path"], headers):
            kept = [(k, v) for k, v in scope["headers"] if k not in _FORWARDED]
            await self._trusted({**scope, "client": None, "headers": kept}, receive, send)
            return
        status, fields, body = refused(
            Refusal(401, "This address is for the platform's own web processes.")
        )
        fields.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    def _is_known(self, path: str, headers: dict[bytes, bytes]) -> bool:
        if path == "/metrics":
            expected = b"Bearer " + self._metrics_token
            given = headers.get(b"authorization", b"")
            return bool(self._metrics_token) and hmac.compare_digest(given, expected)
        organisation = headers.get(_ORGANISATION, b"").decode("latin-1")
        return is_token(headers.get(_TOKEN, b"").decode("latin-1"), organisation)
