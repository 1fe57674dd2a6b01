"""Callers that mean harm or know no better: each is answered or closed, and the runtime stays as it was."""

import asyncio
import resource
import socket
import threading
import time
from pathlib import Path

import grpc
import httpx
import numpy as np
import orjson
import psutil
import pytest
from tritonclient.grpc import service_pb2 as pb

from tests.ml.runtime import sample_models
from tests.platform_core.serving import native_models
from tests.platform_core.serving.bombard import Aim, bombard

GOOD = {"inputs": [{"name": "x", "data": [[1, 2, 3, 4]]}]}
INFER = "/inference.GRPCInferenceService/ModelInfer"


def memory_bytes(runtime, name="VmRSS"):
    status = Path(f"/proc/{runtime.process.pid}/status").read_text()
    return next(int(row.split()[1]) * 1024 for row in status.splitlines() if row.startswith(name))


def metric(runtime, protocol, status):
    wanted = f'pentaquark_runtime_requests_total{{protocol="{protocol}",status="{status}"}}'
    for line in httpx.get(f"{runtime.url}/metrics").text.splitlines():
        if line.startswith(wanted):
            return float(line.split()[-1])
    return 0.0


def eventually(holds, limit_s=8.0):
    ends_at = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def test_ten_thousand_malformed_requests_are_answered_or_closed(runtime, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    aim = Aim(runtime.rest_port, runtime.grpc_port, name, key["authorization"][7:])
    asyncio.run(bombard(aim, count=2_000, seed=1))
    before = memory_bytes(runtime)
    outcomes = asyncio.run(bombard(aim, count=8_000, seed=2))
    after = memory_bytes(runtime)
    assert not [
        found for found in outcomes if found[1] in {"forgotten", 500, "UNKNOWN", "INTERNAL"}
    ]
    assert outcomes["rest", 400] > 3_000, outcomes
    assert outcomes["grpc", "INVALID_ARGUMENT"] > 500
    assert after < before * 1.1
    answer = httpx.post(f"{runtime.url}/v2/models/{name}/infer", json=GOOD, headers=key)
    assert answer.json()["outputs"][0]["data"] == [2, 4, 6, 8]
    assert "Traceback" not in runtime.log.read_text()


def test_a_grpc_message_without_a_key_is_not_read(runtime):
    before = memory_bytes(runtime, "VmHWM")
    with grpc.insecure_channel(f"127.0.0.1:{runtime.grpc_port}") as channel:
        for metadata in ((), (("authorization", "Bearer pq_made_up"),)):
            with pytest.raises(grpc.RpcError) as refused:
                channel.unary_unary(INFER)(bytes(60 * 2**20), metadata=metadata, timeout=20)
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
            trailer = dict(refused.value.trailing_metadata())
            assert trailer["error-code"] in {"key_missing", "key_unknown"}
    assert memory_bytes(runtime, "VmHWM") - before < 16 * 2**20


def test_a_rest_body_without_a_key_is_not_kept(runtime):
    before = memory_bytes(runtime, "VmHWM")
    head = b"POST /v2/models/m/infer HTTP/1.1\r\nhost: x\r\ncontent-length: 62914560\r\n\r\n"
    with socket.create_connection(("127.0.0.1", runtime.rest_port), timeout=20) as connection:
        connection.sendall(head + bytes(60 * 2**20))
        assert connection.recv(4096).startswith(b"HTTP/1.1 401")
    assert memory_bytes(runtime, "VmHWM") - before < 16 * 2**20


def test_large_and_packed_grpc_messages_are_bounded(runtime, headers, actor):
    metadata = tuple(headers(actor).items())
    before = memory_bytes(runtime, "VmHWM")
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{runtime.grpc_port}", options=options) as channel:
        bomb = {"compression": grpc.Compression.Gzip, "metadata": metadata, "timeout": 30}
        with pytest.raises(grpc.RpcError) as refused:
            channel.unary_unary(INFER)(bytes(200 * 2**20), **bomb)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        with pytest.raises(grpc.RpcError) as refused:
            channel.unary_unary(INFER)(b"\xff not a message", metadata=metadata)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "ModelInferRequest" in refused.value.details()
    assert memory_bytes(runtime, "VmHWM") - before < 80 * 2**20


@pytest.fixture
def strict(own_runtime):
    return own_runtime("--read-timeout", "1", "--max-connections", "40")


def test_slow_callers_are_closed_and_too_many_refused(strict, actor, serve, headers):
    key = headers(actor)
    name = serve(actor, sample_models.scaler())
    _slow_grpc_messages_are_ended(strict, key)
    _answers_that_nobody_reads_are_dropped(strict, key, name)
    _connections_beyond_the_limit_are_refused(strict)
    answer = httpx.post(f"{strict.url}/v2/models/{name}/infer", json=GOOD, headers=key)
    assert answer.status_code == 200


def _slow_grpc_messages_are_ended(runtime, key):
    stop = threading.Event()

    def never():
        stop.wait(20)
        yield b""

    with grpc.insecure_channel(f"127.0.0.1:{runtime.grpc_port}") as channel:
        began = time.monotonic()
        with pytest.raises(grpc.RpcError) as ended:
            channel.stream_unary(INFER)(never(), metadata=tuple(key.items()), timeout=15)
        stop.set()
    assert "did not come in time" in ended.value.details()
    assert time.monotonic() - began < 10


def _answers_that_nobody_reads_are_dropped(runtime, key, name):
    rows = np.ones((2_000_000, 4), dtype=np.float32)
    tensor = {"name": "x", "datatype": "FP32", "shape": rows.shape}
    tensor["parameters"] = {"binary_data_size": rows.nbytes}
    head = orjson.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}})
    fields = (
        f"POST /v2/models/{name}/infer HTTP/1.1\r\nhost: x\r\n"
        f"authorization: {key['authorization']}\r\ninference-header-content-length: {len(head)}\r\n"
        f"content-length: {len(head) + rows.nbytes}\r\n\r\n"
    )
    process = psutil.Process(runtime.process.pid)
    with socket.create_connection(("127.0.0.1", runtime.rest_port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(fields.encode() + head + rows.tobytes())
        mine = connection.getsockname()

        def is_held():
            return any(found.raddr == mine for found in process.net_connections("tcp"))

        assert is_held()
        eventually(lambda: not is_held())


def _connections_beyond_the_limit_are_refused(runtime):
    held = []
    try:
        address = "127.0.0.1", runtime.rest_port
        held += [socket.create_connection(address, timeout=5) for _ in range(45)]
        said = held[-1].recv(4096)
    finally:
        for connection in held:
            connection.close()
    assert said.startswith(b"HTTP/1.1 503")
    assert b"retry-after" in said
    assert orjson.loads(said.split(b"\r\n\r\n")[1])["code"] == "connections_full"
    eventually(lambda: httpx.get(f"{runtime.url}/v2/health/live").status_code == 200)


def test_a_prediction_ends_when_its_caller_goes(runtime, actor, serve, headers):
    name, key = serve(actor, native_models.sleeper()), headers(actor)
    body = {"inputs": [{"name": "seconds", "data": [3.0]}]}
    url = f"{runtime.url}/v2/models/{name}/infer"
    assert httpx.post(url, json={"inputs": [{"name": "seconds", "data": [0.0]}]}, headers=key)
    gone = {wire: metric(runtime, wire, 499) for wire in ("rest", "grpc")}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(url, json=body, headers=key, timeout=0.3)
    eventually(lambda: metric(runtime, "rest", 499) > gone["rest"], 2.5)
    message = pb.ModelInferRequest(model_name=name)
    message.inputs.add(name="seconds", datatype="FP64", shape=[1]).contents.fp64_contents.append(3)
    with grpc.insecure_channel(f"127.0.0.1:{runtime.grpc_port}") as channel:
        with pytest.raises(grpc.RpcError):
            channel.unary_unary(INFER)(
                message.SerializeToString(), metadata=tuple(key.items()), timeout=0.3
            )
        eventually(lambda: metric(runtime, "grpc", 499) > gone["grpc"], 2.5)


def test_made_up_keys_do_not_keep_a_good_one_waiting(runtime, actor, serve, headers):
    name, key = serve(actor, sample_models.scaler()), headers(actor)
    url = f"{runtime.url}/v2/models/{name}/infer"

    async def ask(client, number):
        made_up = {"authorization": f"Bearer pq_{number:043d}"}
        return (
            await client.post(url, json=GOOD, headers=key if number % 10 == 0 else made_up)
        ).status_code

    async def crowd():
        async with httpx.AsyncClient(timeout=30) as client:
            return await asyncio.gather(*(ask(client, number) for number in range(300)))

    answers = asyncio.run(crowd())
    assert [status == 200 for status in answers] == [number % 10 == 0 for number in range(300)]
    assert set(answers) == {200, 401}


def test_the_process_may_open_as_many_files_as_the_machine_allows(runtime):
    soft, hard = psutil.Process(runtime.process.pid).rlimit(resource.RLIMIT_NOFILE)
    assert soft == hard


def test_what_is_no_http_is_answered_as_such(runtime):
    with socket.create_connection(("127.0.0.1", runtime.rest_port), timeout=5) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        said = connection.recv(4096)
    assert said.startswith(b"HTTP/1.1 400")
    assert orjson.loads(said.split(b"\r\n\r\n")[1])["code"] == "malformed_http"
