"""A web process of a few routes behind the front, with limits short enough for tests: `program.py PORT`."""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from platform_core.web.front.application import Front
from platform_core.web.front.limits import Limits

THREADS = 4
LIMITS = Limits(threads=THREADS, grace_s=1.5, long_rate=1024, taking_s=5)
FILE_BYTES = 40 * 2**20
seen = {"streams": 0, "closed": 0, "broken": 0}


class Drip:
    """Twenty pieces, one every 50 ms."""

    def __init__(self) -> None:
        seen["streams"] += 1
        self._left = 20

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._left:
            raise StopIteration
        self._left -= 1
        time.sleep(0.05)
        return b"piece\n"

    def close(self) -> None:
        seen["closed"] += 1


def file(environ: dict[str, Any]) -> Any:
    path = Path(sys.argv[2]) / "file"
    if not path.exists():
        path.write_bytes(b"x" * FILE_BYTES)
    return environ["wsgi.file_wrapper"](path.open("rb"))


def echo(environ: dict[str, Any]) -> bytes:
    digest, size = hashlib.sha256(), 0
    try:
        while piece := environ["wsgi.input"].read(65536):
            digest.update(piece)
            size += len(piece)
    except OSError:
        seen["broken"] += 1
        raise
    named = {k: v for k, v in environ.items() if k.startswith(("HTTP_", "PATH", "CONTENT"))}
    return json.dumps({"size": size, "sha256": digest.hexdigest(), **named}).encode()


class Whole(list):
    """An answer that is there already, as Django marks it."""

    streaming = False


def application(environ: dict[str, Any], start_response: Any) -> Any:
    start_response("200 OK", [("Content-Type", "text/plain")])
    path = environ["PATH_INFO"]
    if path == "/drip":
        return Drip()
    if path == "/file":
        return file(environ)
    if path == "/seen":
        return Whole([json.dumps(seen).encode()])
    if path == "/sleep":
        time.sleep(1)
    return Whole([echo(environ)])


def build() -> Front:
    return Front(application, LIMITS)


if __name__ == "__main__":
    server = Granian(
        "program",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGINL,
        backpressure=1024,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        websockets=False,
    )
    server.serve(target_loader=partial(build), wrap_loader=False)
