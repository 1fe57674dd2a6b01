"""The web's connections to the runtimes: one per thread and runtime, kept open."""

import http.client
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from platform_core.errors import PlatformError
from platform_core.serving import runtimes
from platform_core.serving.answers import LoadedModel
from platform_core.serving.errors import PredictionTimeoutError, RuntimeDownError
from platform_core.serving.runtimes import Address
from platform_core.web.api import carried

_local = threading.local()
_STATE_TIMEOUT_S = 3.0
_MAX_KEPT = 64
_REMEDY = "Start it with “manage.py runtime”, or look at its log."


@dataclass(frozen=True)
class Reply:
    """What the runtime answered.

    Attributes:
        json_length: of the body's JSON part; None when all of it is JSON.
        alias: that answered a prediction; empty when a certain version was asked for.
    """

    status: int
    body: bytes
    json_length: int | None
    alias: str = ""


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
    """Send one request to the runtime that is to answer it and return the whole answer.

    With several runtimes the endpoint in `path` and the organisation in `headers` decide which one; when
    it does not answer, the next one is asked: what a prediction gives does not depend on how often it
    is asked for.

    Raises:
        RuntimeDownError: nobody answers.
        PredictionTimeoutError: no answer in time.
    """
    organisation_id = headers.get("x-pentaquark-organisation", "")
    headers = carried(headers)
    candidates = runtimes.for_request(organisation_id, path)
    for address in candidates:
        try:
            return ask(address, method, path, headers=headers, body=body, timeout_s=timeout_s)
        except RuntimeDownError:
            runtimes.note_down(address)
    raise RuntimeDownError("The model runtime is not running.", remedy=_REMEDY)


def ask(
    address: Address,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    timeout_s: float,
) -> Reply:
    """Send one request to a certain runtime.

    A kept connection that the runtime has closed meanwhile (it was restarted) is replaced once.

    Raises:
        RuntimeDownError: nobody answers there.
        PredictionTimeoutError: no answer in time.
    """
    connection = _connection(address, timeout_s)
    is_fresh = connection.sock is None
    try:
        return _send(connection, method, path, address.proven(headers), body)
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
    return ask(address, method, path, headers=headers, body=body, timeout_s=timeout_s)


_CLOSED_MEANWHILE = (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)


def state(*, organisation_id: str) -> list[LoadedModel]:
    """Return what the runtimes hold, one row for each version and runtime; an empty id means everybody's.

    Raises:
        RuntimeDownError, PredictionTimeoutError: none of them answers.
    """
    headers = {"x-pentaquark-organisation": organisation_id} if organisation_id else {}
    found: list[LoadedModel] = []
    problem: PlatformError | None = None
    answered = False
    for address in runtimes.all_of_them():
        try:
            found += _state_of(address, headers)
            answered = True
        except (RuntimeDownError, PredictionTimeoutError) as error:
            problem = error
    if problem is not None and not answered:
        raise problem
    return found


def _state_of(address: Address, headers: Mapping[str, str]) -> list[LoadedModel]:
    reply = ask(address, "GET", "/internal/state", headers=headers, timeout_s=_STATE_TIMEOUT_S)
    if reply.status != 200:
        raise RuntimeDownError("The model runtime could not tell its state.", remedy=_REMEDY)
    rows: list[dict[str, Any]] = json.loads(reply.body)
    return [_loaded_model(row, address.node) for row in rows]


def _loaded_model(row: dict[str, Any], node: str) -> LoadedModel:
    known = {field.name: row[field.name] for field in fields(LoadedModel) if field.name in row}
    own = {
        "endpoints": tuple(row["endpoints"]),
        "latency": tuple((upper, count) for upper, count in row["latency"]),
        "node": node,
    }
    return LoadedModel(**known | own)


def _connection(address: Address, timeout_s: float) -> http.client.HTTPConnection:
    """Return this thread's connection to a runtime, connected or not."""
    kept: dict[str, http.client.HTTPConnection] = _local.__dict__.setdefault("kept", {})
    connection = kept.get(address.key)
    if connection is None:
        while len(kept) >= _MAX_KEPT:
            kept.pop(next(iter(kept))).close()
        if address.socket_path:
            connection = _UnixConnection(address.socket_path)
        else:
            connection = http.client.HTTPConnection(address.host, address.port)
        kept[address.key] = connection
    connection.timeout = timeout_s
    if connection.sock is not None:
        connection.sock.settimeout(timeout_s)
    return connection


def _send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Reply:
    connection.request(method, path, body or None, headers)
    response = connection.getresponse()
    content = response.read()
    length = response.headers.get("Inference-Header-Content-Length")
    alias = response.headers.get("X-Pentaquark-Alias", "")
    return Reply(response.status, content, int(length) if length else None, alias)
