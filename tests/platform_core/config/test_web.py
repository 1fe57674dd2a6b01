"""`manage.py web` as a real process: people get pages while others send slowly or much."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psutil
import pytest

from platform_core.accounts.api import Actor
from tests import factories
from tests.platform_core.web.front import wire

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
SLOW_BODIES = 200
UPLOAD_BYTES = 384 * 2**20
MAY_GROW_BYTES = 60 * 2**20


@pytest.fixture(scope="module")
def web(child_environment: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    """A web process: its port and the process that answers."""
    port = wire.free_port()
    words = ("manage.py", "web", "--port", str(port))
    environment = child_environment | {"PENTAQUARK_LOG_LEVEL": "ERROR"}
    with wire.serving(*words, port=port, path="/healthz", environment=environment) as master:
        workers = psutil.Process(master.pid).children(recursive=True)
        yield port, max(workers, key=lambda each: each.memory_info().rss)


def test_slow_bodies_keep_nobody_waiting(web: tuple[int, psutil.Process]) -> None:
    port, _ = web
    head = "POST /accounts/login/ HTTP/1.1\nContent-Length: 1000"
    page = f"http://127.0.0.1:{port}/accounts/login/"
    httpx.get(page).raise_for_status()  # the first renders what the others find rendered
    with ExitStack() as stack:
        for _ in range(SLOW_BODIES):
            stack.enter_context(wire.opened(port, head, b"x"))
        began = time.monotonic()
        httpx.get(page).raise_for_status()
        assert time.monotonic() - began < 1


def test_a_killed_master_leaves_nobody_on_its_port(child_environment: dict[str, str]) -> None:
    port = wire.free_port()
    words = ("manage.py", "web", "--port", str(port))
    with wire.serving(*words, port=port, path="/healthz", environment=child_environment) as master:
        workers = psutil.Process(master.pid).children(recursive=True)
        master.kill()
        _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/healthz")


def parts(boundary: bytes, size: int) -> Iterator[bytes]:
    """A form with one file of `size` bytes."""
    yield b"--" + boundary + b'\r\nContent-Disposition: form-data; name="name"\r\n\r\nlarge\r\n'
    yield b"--" + boundary
    yield b'\r\nContent-Disposition: form-data; name="files"; filename="t.csv"\r\n\r\n'
    row = b"1,2,3,4,5,6,7\n" * 74_898
    for _ in range(size // len(row)):
        yield row
    yield b"\r\n--" + boundary + b"--\r\n"


def test_a_large_upload_grows_nothing(web: tuple[int, psutil.Process], actor: Actor) -> None:
    port, process = web
    headers = {
        "Authorization": f"Bearer {factories.api_key(actor)}",
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(sum(map(len, parts(b"b", UPLOAD_BYTES)))),
    }
    url = f"http://127.0.0.1:{port}/api/v1/datasets/"
    small = {"files": ("t.csv", b"a,b\n1,2\n")}
    httpx.post(url, headers={"Authorization": headers["Authorization"]}, files=small)
    before = process.memory_info().rss
    largest = 0

    def watched() -> Iterator[bytes]:
        nonlocal largest
        for piece in parts(b"b", UPLOAD_BYTES):
            largest = max(largest, process.memory_info().rss)
            yield piece

    answer = httpx.post(url, headers=headers, content=watched(), timeout=120)
    assert answer.status_code == 202, answer.text
    assert largest - before < MAY_GROW_BYTES, f"{(largest - before) / 2**20:.0f} MiB"
