"""`pq doctor`: finds what is wrong with a set-up."""

import platform
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
import typer

from pentaquark.cli import output
from pentaquark.cli.shared import Json
from pentaquark.core.errors import AuthenticationError, PentaquarkError
from pentaquark.core.settings import Settings, credentials_file, resolve
from pentaquark.core.version import VERSION
from pentaquark.sync.client import Client

GOOD, WORTH_KNOWING, BAD = "ok", "note", "bad"
_CLOCK_MAY_DIFFER_S = 60
_USES = {
    "upload data": "dataset.upload",
    "take rows home": "dataset.download",
    "train": "model.train",
    "deploy": "endpoint.manage",
    "predict": "prediction.call",
}


@dataclass
class Finding:
    """What one look found."""

    check: str
    state: str
    words: str
    remedy: str = ""


def doctor(*, json: Json = False) -> None:
    """Look for what is wrong: address, TLS, clock, key, scopes, runtime; ends with 1 when something is."""
    found = list(look())
    if json:
        output.as_json([vars(each) for each in found])
    else:
        output.rows(
            [vars(each) for each in found], ["check", "state", "words", "remedy"], is_json=False
        )
    if any(each.state == BAD for each in found):
        raise typer.Exit(1)


def look() -> Iterator[Finding]:
    """Yield the findings; later looks are left out where an earlier one makes them pointless."""
    yield Finding("library", GOOD, f"pentaquark {VERSION}, Python {platform.python_version()}")
    try:
        settings = resolve()
    except PentaquarkError as error:
        yield Finding("settings", BAD, error.detail, error.remedy)
        return
    yield from _credentials(settings)
    yield _key_looks(settings)
    answer, finding = _reached(settings)
    yield finding
    if answer is None:
        return
    yield _clock(answer)
    if settings.api_key:
        yield from _as_caller(settings)
    yield _runtime(settings)


def _credentials(settings: Settings) -> Iterator[Finding]:
    path = credentials_file()
    if not path.exists():
        yield Finding(
            "credentials", WORTH_KNOWING, f"{path} does not exist", "`pq login` makes it."
        )
    elif sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("credentials", BAD, f"others may read {path}", f"chmod 600 {path}")
    else:
        yield Finding("credentials", GOOD, str(path))
    host = urlsplit(settings.base_url).hostname or ""
    is_near = host == "localhost" or host.startswith("127.") or host == "::1"
    if settings.base_url.startswith("http://") and not is_near:
        words = f"{settings.base_url} sends the key in the clear"
        yield Finding("TLS", WORTH_KNOWING, words, "Use https:// outside a trusted network.")


def _key_looks(settings: Settings) -> Finding:
    if not settings.api_key:
        return Finding("key", BAD, "none is set", "Run `pq login` or set PENTAQUARK_API_KEY.")
    if settings.api_key != settings.api_key.strip() or not settings.api_key.isascii():
        return Finding("key", BAD, "it holds spaces or letters no key has", "Copy it again.")
    return Finding("key", GOOD, f"{settings.api_key[:6]}…")


def _reached(settings: Settings) -> tuple[httpx.Response | None, Finding]:
    try:
        with _plain(settings) as http:
            answer = http.get(settings.base_url.rstrip("/") + "/api/v1/me/")
    except httpx.ConnectError as error:
        return None, Finding(
            "address", BAD, f"{settings.base_url}: {error}", _connect_remedy(error)
        )
    except (httpx.HTTPError, OSError) as error:
        words = f"{settings.base_url}: {error or type(error).__name__}"
        return None, Finding("address", BAD, words, "Check address, proxy and certificates.")
    if answer.status_code in {200, 401, 403} and "json" in answer.headers.get("content-type", ""):
        return answer, Finding("address", GOOD, f"{settings.base_url} answers")
    words = f"{settings.base_url} answers {answer.status_code}, but is no Pentaquark"
    return None, Finding("address", BAD, words, "Give the platform's own address, without a path.")


def _connect_remedy(error: Exception) -> str:
    words = str(error).lower()
    if "certificate" in words or "ssl" in words:
        return "Trust the platform's certificate: set PENTAQUARK_CA_BUNDLE to its file."
    if "name or service" in words or "getaddrinfo" in words:
        return "The host's name is unknown: check its spelling and the DNS."
    return "Nobody listens there: check host and port, and that the platform is up."


def _clock(answer: httpx.Response) -> Finding:
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return Finding("clock", WORTH_KNOWING, "the platform tells no time")
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    apart = abs((datetime.now(UTC) - theirs).total_seconds())
    if apart > _CLOCK_MAY_DIFFER_S:
        return Finding("clock", BAD, f"it differs by {apart:.0f} s from the platform's", "Set it.")
    return Finding("clock", GOOD, "agrees with the platform's")


def _as_caller(settings: Settings) -> Iterator[Finding]:
    try:
        with Client(settings) as made:
            person = made.me()
    except AuthenticationError as error:
        yield Finding(
            "log-in", BAD, error.detail, error.remedy or "Make a new key, then `pq login`."
        )
        return
    except PentaquarkError as error:
        yield Finding("log-in", BAD, error.detail, error.remedy)
        return
    words = (
        f"{person.get('email', 'a program')}, {person['role']} of {person['organisation']['name']}"
    )
    yield Finding("log-in", GOOD, words)
    closed = [use for use, action in _USES.items() if action not in person["permissions"]]
    if closed:
        remedy = "Make a key with wider scopes, or ask for another role."
        yield Finding("scopes", WORTH_KNOWING, f"this key may not {', '.join(closed)}", remedy)
    else:
        yield Finding("scopes", GOOD, "data, training, deployment and predictions are open")


def _runtime(settings: Settings) -> Finding:
    address = settings.inference_url
    remedy = "Set PENTAQUARK_RUNTIME_URL to the address of inference."
    try:
        with _plain(settings) as http:
            answer = http.get(address.rstrip("/") + "/v2/health/ready")
    except (httpx.HTTPError, OSError) as error:
        return Finding("runtime", BAD, f"{address}: {error or type(error).__name__}", remedy)
    if answer.status_code == 200:
        return Finding("runtime", GOOD, f"{address} is ready")
    return Finding("runtime", BAD, f"{address} answers {answer.status_code}", remedy)


def _plain(settings: Settings) -> httpx.Client:
    """Return a bare client: its errors are looked at, not repeated."""
    return httpx.Client(timeout=10, verify=settings.ca_bundle or True, proxy=settings.proxy or None)
