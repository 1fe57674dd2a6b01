"""The front with real sockets: what slow, broken and greedy callers may take."""

import hashlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.platform_core.web.front import program, wire

LONG = 2 * 2**20


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = wire.free_port()
    folder = str(tmp_path_factory.mktemp("front"))
    with wire.serving(program.__file__, str(port), folder, port=port, path="/"):
        yield port


@pytest.fixture
def client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as made:
        yield made


@pytest.fixture
def send(port: int) -> Iterator[Callable[..., socket.socket]]:
    """Open a connection that ends with the test."""
    with ExitStack() as stack:
        yield lambda head, body=b"": stack.enter_context(wire.opened(port, head, body))


def post(path: str, length: int) -> str:
    return f"POST {path} HTTP/1.1\nContent-Length: {length}"


def eventually(holds: Callable[[], Any]) -> None:
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


def answers_at_once(client: httpx.Client) -> bool:
    began = time.monotonic()
    client.get("/").raise_for_status()
    return time.monotonic() - began < 1


@pytest.mark.parametrize("size", [0, 1, 2**20, 2**20 + 1, 20 * 2**20])
def test_a_body_of_any_length_arrives_whole(client: httpx.Client, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    found = client.post("/echo", content=content).json()
    assert found["size"] == size
    assert found["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_request_is_told_as_wsgi_tells_it(
    client: httpx.Client, send: Callable[..., socket.socket]
) -> None:
    headers = [("X-One", "a"), ("X-One", "b"), ("X_Forwarded_For", "1.2.3.4"), ("Cookie", "c=1")]
    found = client.get("/%E4%B8%AD%2F1?a=%20", headers=headers).json()
    assert found["PATH_INFO"].encode("latin-1").decode() == "/中/1"
    assert found["HTTP_X_ONE"] == "a,b"
    assert found["HTTP_COOKIE"] == "c=1"
    assert "HTTP_X_FORWARDED_FOR" not in found


def test_slow_short_bodies_hold_no_thread_and_are_refused(
    client: httpx.Client, send: Callable[..., socket.socket]
) -> None:
    slow = [send(post("/api/echo", 1000), b"x") for _ in range(5 * program.THREADS)]
    assert answers_at_once(client)
    refusal = wire.answer(slow[0])
    assert refusal.startswith("HTTP/1.1 408")
    assert "application/problem+json" in refusal
    assert {wire.status(each) for each in slow[1:]} == {408}


def test_long_bodies_hold_half_the_threads_at_most(
    client: httpx.Client, send: Callable[..., socket.socket]
) -> None:
    slow = [send(post("/echo", LONG), b"x" * (LONG - 1)) for _ in range(2 * program.THREADS)]
    assert answers_at_once(client)
    refusals = sorted(wire.answer(each) for each in slow)
    held = program.THREADS // 2
    assert [each.split()[1] for each in refusals] == ["408"] * held + ["503"] * (len(slow) - held)
    assert "retry-after: 5" in refusals[-1]


def test_a_long_body_that_stops_coming_is_refused(
    client: httpx.Client, send: Callable[..., socket.socket]
) -> None:
    assert wire.status(send(post("/echo", LONG), b"x" * (LONG - 1))) == 408
    assert client.post("/echo", content=b"x" * LONG).status_code == 200


def test_a_long_body_whose_caller_left_breaks_off(
    client: httpx.Client, send: Callable[..., socket.socket]
) -> None:
    broken = client.get("/seen").json()["broken"]
    send(post("/echo", LONG), b"x" * (LONG - 1)).close()
    eventually(lambda: client.get("/seen").json()["broken"] == broken + 1)


@pytest.mark.parametrize(("size", "expected"), [(1000, 200), (LONG, 411)])
def test_a_body_without_a_length_is_taken_while_it_is_short(
    send: Callable[..., socket.socket], size: int, expected: int
) -> None:
    chunk = f"{size:x}\r\n".encode() + b"x" * size + b"\r\n0\r\n\r\n"
    head = "POST /echo HTTP/1.1\nTransfer-Encoding: chunked"
    assert wire.status(send(head, chunk)) == expected


def test_a_streamed_answer_comes_piece_by_piece(client: httpx.Client) -> None:
    came = []
    with client.stream("GET", "/drip") as response:
        came = [time.monotonic() for _ in response.iter_raw()]
    assert len(came) > 5
    assert came[-1] - came[0] > 0.5


def test_a_stream_ends_when_its_caller_leaves(client: httpx.Client, port: int) -> None:
    before = client.get("/seen").json()
    with wire.opened(port, "GET /drip HTTP/1.1") as leaving:
        leaving.recv(100)
    eventually(lambda: client.get("/seen").json()["closed"] == before["closed"] + 1)


def test_readers_that_do_not_read_hold_no_thread(
    client: httpx.Client, send: Callable[..., socket.socket]
) -> None:
    idle = [send("GET /file HTTP/1.1") for _ in range(2 * program.THREADS)]
    for each in idle:
        each.recv(100)
    assert answers_at_once(client)


def test_a_file_streams_whole(client: httpx.Client) -> None:
    assert len(client.get("/file").content) == program.FILE_BYTES


def test_requests_beyond_the_threads_wait_their_turn(port: int) -> None:
    waiting = [wire.opened(port, "GET /sleep HTTP/1.1") for _ in range(2 * program.THREADS)]
    assert {wire.status(each) for each in waiting} == {200}
    for each in waiting:
        each.close()


def test_a_program_ends_within_seconds_although_a_body_is_coming(tmp_path: Path) -> None:
    port = wire.free_port()
    with wire.serving(program.__file__, str(port), str(tmp_path), port=port, path="/"):
        wire.opened(port, post("/echo", LONG), b"x" * (LONG - 1))
        began = time.monotonic()
    assert time.monotonic() - began < 8
