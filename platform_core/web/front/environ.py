"""A request as WSGI says it (PEP 3333), from a request as ASGI says it."""

import sys
from typing import Any

from platform_core.web.front.bodies import Body
from platform_core.web.front.refusals import Scope

BLOCK_BYTES = 256 * 1024
_UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class Blocks:
    """`wsgi.file_wrapper`: a file in blocks large enough that handing them over costs little."""

    def __init__(self, file: Any, _size: int = 0) -> None:
        self._file = file
        self.close = file.close

    def __iter__(self) -> "Blocks":
        return self

    def __next__(self) -> bytes:
        if block := self._file.read(BLOCK_BYTES):
            return bytes(block)
        raise StopIteration


def environ(scope: Scope, body: Body) -> dict[str, Any]:
    """Return the environ of a request.

    A header with an underscore in its name is left out: `X_Forwarded_For` would pass for `X-Forwarded-For`.
    """
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body.input,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": Blocks,
    }
    _add_headers(found, scope["headers"])
    if body.length:
        found["CONTENT_LENGTH"] = str(body.length)
    return found


def _add_headers(found: dict[str, Any], headers: list[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if "_" in name:
            continue
        key = _UNPREFIXED.get(name) or "HTTP_" + name.upper().replace("-", "_")
        if key in found:
            value = found[key] + ("; " if name == "cookie" else ",") + value
        found[key] = value
