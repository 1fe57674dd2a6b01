"""Which runtime the web asks: its own socket, or the one the database and the placement say."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.conf import settings

from platform_core.serving import nodes, placement
from platform_core.serving.models import RuntimeNode

_REMEMBER_S = 1.0
_AVOID_S = 2.0
_MAX_DOWN = 1000
_PREDICTIONS = "/v2/models/"
_lock = threading.Lock()
_known: tuple[float, list[tuple["Address", float]]] = (0.0, [])
_down: dict[str, float] = {}


@dataclass(frozen=True)
class Address:
    """Where a runtime answers: a Unix socket of this machine, or host and port.

    Attributes:
        node: its name; empty for the one runtime of an installation without discovery.
    """

    socket_path: str = ""
    host: str = ""
    port: int = 0
    node: str = ""

    @property
    def key(self) -> str:
        """What tells addresses apart."""
        return self.socket_path or f"{self.host}:{self.port}"

    def proven(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers, over a network with the proof that the platform itself is asking."""
        if self.socket_path:
            return dict(headers)
        token = nodes.make_token(headers.get("x-pentaquark-organisation", ""))
        return {**headers, nodes.TOKEN_HEADER: token}


def for_request(organisation_id: str, path: str) -> list[Address]:
    """Return the runtimes to ask, the first choice first; those that did not answer just now come last."""
    found = _all()
    if len(found) > 1:
        endpoint = unquote(path.removeprefix(_PREDICTIONS).partition("/")[0])
        order = placement.ranked(
            {address.node: weight for address, weight in found}, (organisation_id, endpoint)
        )
        found.sort(key=lambda one: order.index(one[0].node))
    now = time.monotonic()
    return sorted((one for one, _ in found), key=lambda one: _down.get(one.key, 0.0) > now)


def all_of_them() -> list[Address]:
    """Return every runtime that takes requests."""
    return [address for address, _ in _all()]


def note_down(address: Address) -> None:
    """Ask another runtime first for a while."""
    _down[address.key] = time.monotonic() + _AVOID_S


def _all() -> list[tuple[Address, float]]:
    """Return addresses with their capacity, read from the database once a second."""
    if not settings.RUNTIME_DISCOVERY:
        return [(Address(str(settings.RUNTIME_SOCKET)), 1.0)]
    global _known  # noqa: PLW0603  (one memory for all threads of the process)
    with _lock:
        until, found = _known
        if time.monotonic() >= until:
            rows = nodes.ready_nodes()
            found = [(_address(node), float(node.capacity_bytes)) for node in rows]
            _known = (time.monotonic() + _REMEMBER_S, found)
            if len(_down) > _MAX_DOWN:
                _down.clear()
        return list(found)


def _address(node: RuntimeNode) -> Address:
    if node.machine == nodes.this_machine() or not node.internal_url:
        return Address(node.socket_path, node=node.name)
    url = urlsplit(node.internal_url)
    return Address(host=url.hostname or "", port=url.port or 80, node=node.name)
