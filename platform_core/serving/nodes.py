"""Runtimes that are up, and the token by which web processes of other machines speak to them."""

import hmac
import socket
import time
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from django.utils import timezone
from django.utils.crypto import salted_hmac

from platform_core.serving.models import RuntimeNode

ALIVE_S = 6.0
"""A runtime that has not written its row for this long is taken for gone; it writes every 2 s."""
TOKEN_HEADER = "x-pentaquark-web"  # noqa: S105  (a header's name)
_TOKEN_S = 60


def ready_nodes() -> list[RuntimeNode]:
    """Return the runtimes that take requests now."""
    since = timezone.now() - timedelta(seconds=ALIVE_S)
    return list(RuntimeNode.objects.filter(state=RuntimeNode.State.READY, seen_at__gte=since))


@lru_cache(maxsize=1)
def this_machine() -> str:
    """Return a name of this machine and its start: what shares it also shares Unix sockets.

    Containers of one machine have names of their own, as they have file systems of their own.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()} {boot}"[:120]


def make_token(organisation_id: str) -> str:
    """Return what proves to a runtime that the platform's own web process asks for an organisation."""
    until = int(time.time()) + _TOKEN_S
    return f"{until}.{_signature(until, organisation_id)}"


def is_token(token: str, organisation_id: str) -> bool:
    """Say whether `token` was made by this platform, for this organisation, not long ago."""
    until, _, signature = token.partition(".")
    if not until.isdecimal() or len(until) > 12 or not signature.isascii():
        return False
    if not time.time() <= int(until) <= time.time() + 2 * _TOKEN_S:
        return False
    return hmac.compare_digest(signature, _signature(int(until), organisation_id))


def _signature(until: int, organisation_id: str) -> str:
    value = f"{until}\n{organisation_id}"
    return salted_hmac("pentaquark.web-to-runtime", value, algorithm="sha256").hexdigest()
