"""Coroutines that run at once, and the short way from socket to application, on real sockets."""

import asyncio
import socket
from functools import partial

import pytest
import uvicorn

from platform_core.serving.runtime import eager
from platform_core.serving.runtime.quick_http import QuickHttp


def test_what_does_not_wait_ends_without_a_task():
    async def work(said):
        said.append(1)

    async def inside():
        said = []
        assert eager.start(work(said), asyncio.get_running_loop()) is None
        return said

    assert asyncio.run(inside()) == [1]


def test_what_waits_goes_on_as_a_task_with_results_errors_and_cancellation():
    async def work(future, said):
        try:
            said.append(await future)
            await asyncio.sleep(0)
            await asyncio.wait_for(asyncio.sleep(0), 1)
        except asyncio.CancelledError:
            said.append("cancelled")
            raise
        except ValueError as error:
            said.append(str(error))

    async def inside():
        loop, said = asyncio.get_running_loop(), []
        futures = [loop.create_future() for _ in range(3)]
        tasks = [eager.start(work(future, said), loop) for future in futures]
        futures[0].set_result("result")
        futures[1].set_exception(ValueError("error"))
        await asyncio.sleep(0)
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return said, tasks[2].cancelled()

    assert asyncio.run(inside()) == (["result", "error", "cancelled"], True)


def test_errors_before_the_first_wait_reach_the_caller():
    async def breaks():
        raise ValueError("at once")

    async def inside():
        with pytest.raises(ValueError, match="at once"):
            eager.start(breaks(), asyncio.get_running_loop())

    asyncio.run(inside())


async def application(scope, receive, send):
    """Gives back path and body; `/wait` waits first, `/break` fails, `/split` answers with a bad header."""
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    if scope["path"] == "/wait":
        await asyncio.sleep(0.05)
    if scope["path"] == "/break":
        raise RuntimeError
    headers = [(b"content-length", str(len(scope["path"]) + len(body)).encode())]
    if scope["path"] == "/split":
        headers.append((b"x", b"a\r\nb: c"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": scope["path"].encode() + body})


def talk(*pieces: bytes, until: bytes = b"", wait_s: float = 0.3) -> bytes:
    """Send pieces to a server and return all it says."""

    async def inside():
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            application,
            http=partial(QuickHttp, max_connections=10),
            lifespan="off",
            log_config=None,
            proxy_headers=False,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        said = b""
        while not (until and until in said):
            try:
                more = await asyncio.wait_for(reader.read(65536), wait_s)
            except TimeoutError:
                break
            if not more:
                said += b"[closed]"
                break
            said += more
        writer.close()
        server.should_exit = True
        await serving
        return said

    return asyncio.run(inside())


def post(path: str, body: bytes = b"hello", *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: x", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize("path", ["/now", "/wait", "/a%20b?c=d"])
def test_usual_requests_are_answered_one_after_another_on_one_connection(path):
    said = talk(post(path), post(path, b"again"), until=b"again")
    assert said.count(b"200 OK") == 2
    assert said.endswith(b"again")
    assert b"\r\ndate: " in said


def test_a_request_in_pieces_is_put_together():
    whole = post("/now", b"0123456789")
    said = talk(whole[:10], whole[10:40], whole[40:-5], whole[-5:], until=b"56789")
    assert said.endswith(b"/now0123456789")


def test_pipelined_requests_are_answered_in_order():
    said = talk(post("/wait", b"1") + post("/now", b"2") + post("/now", b"3"), until=b"/now3")
    order = [said.index(mark) for mark in (b"/wait1", b"/now2", b"/now3")]
    assert order == sorted(order)


def test_unusual_requests_are_answered_too():
    chunked = b"POST /now HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert b"/nowhello" in talk(chunked, until=b"/nowhello")
    assert b"/now" + b"x" * 100_000 in talk(post("/now", b"x" * 100_000), wait_s=0.5)
    assert b"100 Continue" in talk(post("/now", b"hello", "expect: 100-continue"), until=b"hello")
    assert b"/now" in talk(b"GET /now HTTP/1.1\r\nhost: x\r\n\r\n", until=b"/now")


def test_a_connection_to_be_closed_is_closed_after_its_answer():
    said = talk(post("/now", b"hello", "connection: close"))
    assert b"connection: close" in said
    assert said.endswith(b"/nowhello[closed]")


def test_long_addresses_are_answered_and_not_remembered():
    path = "/now?" + "q" * 5000
    assert b"/nowhello" in talk(post(path), until=b"hello")
    assert not any(len(url) > 1000 for url in QuickHttp._paths)


def test_a_later_header_does_not_take_back_what_makes_a_request_unusual():
    request = post("/now", b"hello", "expect: 100-continue", "connection: keep-alive")
    assert b"100 Continue" in talk(request, until=b"hello")


@pytest.mark.parametrize("path", ["/break", "/split"])
def test_an_application_that_breaks_or_splits_a_header_costs_its_connection_only(path):
    said = talk(post(path))
    assert said == b"[closed]"


def test_idle_connections_are_closed_by_the_sweep():
    class Transport:
        closed = False

        def close(self):
            self.closed = True

        def is_closing(self):
            return self.closed

    connection = QuickHttp.__new__(QuickHttp)
    connection.transport, connection.timeout_keep_alive = Transport(), 75
    connection._idle_since = 100.0
    connection.close_if_slow(170.0, 15)
    assert not connection.transport.closed
    connection.close_if_slow(176.0, 15)
    assert connection.transport.closed
