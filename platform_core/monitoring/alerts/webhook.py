"""Calls a webhook: only at an address that was looked at, signed, without following anywhere.

The host is resolved once, every address it has is checked, and the connection goes to a checked address: a
name that points elsewhere a moment later gains nothing.
"""

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import time
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_S = 5.0
_MAX_READ = 4096
SIGNATURE = "X-Pentaquark-Signature"


class WebhookError(Exception):
    """The call failed; the words say why.

    Attributes:
        permanent: trying again cannot help.
    """

    def __init__(self, words: str, *, permanent: bool = False) -> None:
        super().__init__(words)
        self.permanent = permanent


def call(url: str, body: bytes, secret: str) -> None:
    """Post a signed body.

    Raises:
        WebhookError: refused address, no answer, or an answer that is not 2xx.
    """
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    address = _checked_address(host, port)
    connection = _Pinned(host, port, address, is_tls=is_tls)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Pentaquark",
        SIGNATURE: signature(body, secret, int(time.time())),
    }
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read(_MAX_READ)
    except (OSError, http.client.HTTPException) as error:
        raise WebhookError(f"no answer: {type(error).__name__}") from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        words = f"it answered {answer.status}"
        raise WebhookError(words, permanent=answer.status in {401, 403, 404, 410})


def signature(body: bytes, secret: str, at: int) -> str:
    """Return `t=<seconds>,v1=<hex>`: HMAC-SHA-256 of `<seconds>.<body>` under the rule's secret."""
    mac = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def _checked_address(host: str, port: int) -> str:
    """Return an address of the host that may be called.

    Raises:
        WebhookError: the name is unknown, or one of its addresses is not public.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebhookError("the name of its host is unknown") from error
    addresses = [str(row[4][0]).partition("%")[0] for row in found]
    if not settings.WEBHOOKS_MAY_BE_PRIVATE and not all(map(_is_public, addresses)):
        raise WebhookError("its address is not a public one", permanent=True)
    return addresses[0]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text)
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if inner is not None:
        address = inner
    in_nat64 = address.version == 6 and address in ipaddress.ip_network("64:ff9b::/96")
    return address.is_global and not address.is_multicast and not in_nat64


class _Pinned(http.client.HTTPConnection):
    """A connection to a certain address, whatever the name says by now."""

    def __init__(self, host: str, port: int, address: str, *, is_tls: bool) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address, self._is_tls = address, is_tls
        self.default_port = 443 if is_tls else 80

    def connect(self) -> None:
        """Connect to the checked address; TLS still proves the name."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        if self._is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        else:
            self.sock = plain
