"""The web's connections to the runtime: one per thread, over the Unix socket, kept open."""

import http.client
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings

from platform_core.serving.answers import LoadedModel
from platform_core.serving.errors import PredictionTimeoutError, RuntimeDownError

_local = threading.local()
_STATE_TIMEOUT_S = 3.0
_REMEDY = "Start it with “manage.py runtime”, or look at its log."


@dataclass(frozen=True)
class Reply:
    """What the runtime answered."""

    status: int
    body: bytes
    json_length: int | None


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over the runtime's socket; `http.client` costs a tenth of a full client's time."""

    def __init__(self, path: str) -> None:
        super().__init__("runtime")
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


def exchange(
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    timeout_s: float,
) -> Reply:
    """Send one request and return the whole answer.

    A kept connection that the runtime has closed meanwhile (it was restarted) is replaced once.

    Raises:
        RuntimeDownError: nobody answers on the socket.
        PredictionTimeoutError: no answer in time.
    """
    connection, is_fresh = _connection(timeout_s)
    try:
        return _send(connection, method, path, headers, body)
    except TimeoutError as error:
        connection.close()
        raise PredictionTimeoutError(
            f"The model runtime did not answer within {timeout_s:g} s.",
            remedy="Try again, or give the request more time.",
        ) from error
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        if is_fresh or not isinstance(error, _CLOSED_MEANWHILE):
            raise RuntimeDownError("The model runtime is not running.", remedy=_REMEDY) from error
    return exchange(method, path, headers=headers, body=body, timeout_s=timeout_s)


_CLOSED_MEANWHILE = (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)


def state(*, organisation_id: str) -> list[LoadedModel]:
    """Return what the runtime holds; an empty id means all organisations.

    Raises:
        RuntimeDownError, PredictionTimeoutError: no answer.
    """
    headers = {"x-pentaquark-organisation": organisation_id} if organisation_id else {}
    reply = exchange("GET", "/internal/state", headers=headers, timeout_s=_STATE_TIMEOUT_S)
    if reply.status != 200:
        raise RuntimeDownError("The model runtime could not tell its state.", remedy=_REMEDY)
    rows: list[dict[str, Any]] = json.loads(reply.body)
    return [_loaded_model(row) for row in rows]


def _loaded_model(row: dict[str, Any]) -> LoadedModel:
    known = {field.name: row[field.name] for field in fields(LoadedModel)}
    return LoadedModel(**known | {"endpoints": tuple(row["endpoints"])})


def _connection(timeout_s: float) -> tuple[_UnixConnection, bool]:
    """Return this thread's connection and whether it is not connected yet."""
    path = str(settings.RUNTIME_SOCKET)
    connection: _UnixConnection | None = getattr(_local, "connection", None)
    if connection is None or _local.path != path:
        connection = _local.connection = _UnixConnection(path)
        _local.path = path
    connection.timeout = timeout_s
    if connection.sock is not None:
        connection.sock.settimeout(timeout_s)
    return connection, connection.sock is None


def _send(
    connection: _UnixConnection, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Reply:
    connection.request(method, path, body or None, headers)
    response = connection.getresponse()
    content = response.read()
    length = response.headers.get("Inference-Header-Content-Length")
    return Reply(response.status, content, int(length) if length else None)
