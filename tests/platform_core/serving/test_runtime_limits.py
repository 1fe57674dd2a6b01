import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from platform_core.serving import api as serving
from tests.ml.runtime import sample_models
from tests.platform_core.serving import native_models


def sleep_for(runtime, name, key, seconds, **parameters):
    body = {"inputs": [{"name": "seconds", "data": [seconds]}], "parameters": parameters}
    url = f"{runtime.url}/v2/models/{name}/infer"
    return httpx.post(url, json=body, headers=key, timeout=20)


def test_models_beyond_the_budget_make_room_for_each_other(own_runtime, actor, serve, headers):
    key = headers(actor)
    names = [serve(actor, sample_models.network((750, 1000, 4))) for _ in range(5)]
    runtime = own_runtime(MEMORY_MB="8")
    body = {"inputs": [{"name": "x", "data": [[1] * 750]}]}
    for name in names * 2:
        answer = httpx.post(f"{runtime.url}/v2/models/{name}/infer", json=body, headers=key)
        assert answer.status_code == 200, answer.text
        held = serving.runtime_state()
        assert sum(model.size_bytes for model in held) <= 8 * 2**20
    assert held[0].endpoints == (names[-1],), "the one used last stays"
    assert len(held) == 2, "3 MB each, as measured"
    too_large = serve(actor, sample_models.network((4000, 1000, 4)))
    url = f"{runtime.url}/v2/models/{too_large}/infer"
    answer = httpx.post(url, json={}, headers=key)
    assert answer.status_code == 503
    assert "memory budget" in answer.json()["error"]


@pytest.fixture
def strict(own_runtime):
    """A runtime with short times and a short queue."""
    return own_runtime("--read-timeout", "1", "--request-timeout", "1.5", "--queue", "3")


def test_limits_of_time_and_queue(strict, actor, serve, headers):
    key, name = headers(actor), serve(actor, native_models.sleeper())
    assert sleep_for(strict, name, key, 0.01).status_code == 200
    _slow_headers_are_closed(strict)
    _slow_bodies_are_closed(strict, key)
    _endless_headers_are_refused(strict)
    slow = sleep_for(strict, name, key, 3)
    assert slow.status_code == 503
    assert "longer than 1.5 s" in slow.json()["error"]
    time.sleep(1.7)  # the thread of the refused request ends
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: sleep_for(strict, name, key, 0.7), range(12)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused, "the queue holds three"
    assert {answer.status_code for answer in answers} == {200, 503}
    assert all("queue is full" in answer.json()["error"] for answer in refused)
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert sleep_for(strict, name, key, 0).status_code == 200


def _closed_within(connection, limit_s):
    connection.settimeout(limit_s)
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass


def _slow_headers_are_closed(runtime):
    for said in (b"", b"POST /v2/models/x/infer HTTP/1.1\r\nhost: x\r\nx-"):
        with socket.create_connection(("127.0.0.1", runtime.rest_port)) as connection:
            connection.sendall(said)
            _closed_within(connection, 4)


def _slow_bodies_are_closed(runtime, key):
    head = (
        f"POST /v2/models/x/infer HTTP/1.1\r\nhost: x\r\nauthorization: {key['authorization']}\r\n"
        "content-length: 100\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", runtime.rest_port)) as connection:
        connection.sendall(head.encode())
        for _ in range(3):
            time.sleep(0.3)
            connection.sendall(b"{")
        _closed_within(connection, 4)


def _endless_headers_are_refused(runtime):
    with socket.create_connection(("127.0.0.1", runtime.rest_port)) as connection:
        connection.sendall(b"GET /v2 HTTP/1.1\r\n" + b"x-a: " + b"b" * 100_000)
        _closed_within(connection, 4)


def test_a_broken_model_tells_callers_nothing_of_its_inside(runtime, actor, serve, headers):
    key, name = headers(actor), serve(actor, native_models.sleeper())
    answer = sleep_for(runtime, name, key, 0, operation="break")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert native_models.SECRET in runtime.log.read_text()
    refused = sleep_for(runtime, name, key, 0, operation="refuse")
    assert (refused.status_code, refused.json()["error"]) == (
        400,
        "Input 'seconds' is not to my taste.",
    )


def test_sigterm_lets_requests_in_flight_end_and_the_web_finds_the_next_runtime(
    own_runtime, actor, serve, headers
):
    key, name = headers(actor), serve(actor, native_models.sleeper())
    runtime = own_runtime()
    asked = {"actor": actor, "endpoint": name, "inputs": {"seconds": np.zeros(1)}}
    serving.predict(**asked)
    answers = []
    caller = threading.Thread(target=lambda: answers.append(sleep_for(runtime, name, key, 1.5)))
    caller.start()
    time.sleep(0.5)
    began = time.monotonic()
    assert runtime.terminate() == 0
    assert time.monotonic() - began < 10
    caller.join()
    assert answers[0].status_code == 200
    assert not runtime.socket.exists()
    with pytest.raises(serving.RuntimeDownError):
        serving.predict(**asked)
    runtime.start()
    serving.predict(**asked)


def test_a_second_runtime_says_what_to_do(runtime):
    second = type(runtime)(
        runtime.folder, runtime.environment, rest_port=runtime.rest_port, grpc_port=1
    )
    second.log = runtime.folder / "second.log"
    second.start()  # the first one answers that it is ready
    assert second.process.wait(timeout=60) == 1
    assert "PENTAQUARK_RUNTIME_PORT" in second.log.read_text()
