"""Sends malformed requests to a real runtime and says what became of each."""

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass

import grpc

from tests.platform_core.serving.malformed import Malformed

PATIENCE_S = 30.0
"""A request neither answered nor closed by then counts as forgotten."""
_BATCH = 16
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Aim:
    """Where to send and as whom."""

    rest_port: int
    grpc_port: int
    name: str
    key: str


async def bombard(aim: Aim, *, count: int, seed: int, connections: int = 8) -> Counter:
    """Send `count` requests: 70 % REST, 24 % gRPC, 5 % broken HTTP, 1 % broken HTTP/2.

    Returns:
        (kind, outcome) -> requests; outcome is a status, `closed` or `forgotten`.
    """
    outcomes: Counter = Counter()
    shares = {_rest: 0.7, _grpc: 0.24, _http: 0.05, _http2: 0.01}
    jobs = []
    for kind, share in shares.items():
        workers = max(1, int(connections * share + 0.5))
        for worker in range(workers):
            source = Malformed(seed * 1000 + len(jobs), aim.name, aim.key)
            number = int(count * share) // workers + (worker < int(count * share) % workers)
            jobs.append(kind(aim, source, number, outcomes))
    await asyncio.gather(*jobs)
    return outcomes


async def _rest(aim: Aim, source: Malformed, count: int, outcomes: Counter) -> None:
    """Keep a connection; batches are pipelined, as a careless client would."""
    connection = None
    while count > 0:
        if connection is None:
            connection = await asyncio.open_connection(HOST, aim.rest_port)
        reader, writer = connection
        size = min(_BATCH, count)
        writer.write(b"".join(source.rest() for _ in range(size)))
        for _ in range(size):
            outcome = await _answer(reader)
            outcomes["rest", outcome] += 1
            count -= 1
            if not isinstance(outcome, int):
                break  # what was pipelined behind a request that closed the connection was not looked at
        else:
            continue
        writer.close()
        connection = None
    if connection is not None:
        connection[1].close()


async def _answer(reader: asyncio.StreamReader) -> int | str:
    try:
        async with asyncio.timeout(PATIENCE_S):
            head = await reader.readuntil(b"\r\n\r\n")
            fields = head.lower().split(b"\r\ncontent-length: ", 1)
            if len(fields) == 2:
                await reader.readexactly(int(fields[1].split(b"\r\n", 1)[0]))
            return int(head[9:12])
    except (asyncio.IncompleteReadError, ConnectionError):
        return "closed"
    except TimeoutError:
        return "forgotten"


async def _http(aim: Aim, source: Malformed, count: int, outcomes: Counter) -> None:
    await _strangers(aim.rest_port, "http", source.http, count, outcomes)


async def _http2(aim: Aim, source: Malformed, count: int, outcomes: Counter) -> None:
    await _strangers(aim.grpc_port, "http2", source.http2, count, outcomes)


async def _strangers(port, kind, make, count, outcomes) -> None:
    """One connection each: say it, hang up, and read until the other side closes too."""
    for _ in range(count):
        reader, writer = await asyncio.open_connection(HOST, port)
        outcome = "closed"
        with contextlib.suppress(ConnectionError):
            writer.write(make())
            writer.write_eof()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await reader.read(-1)
            except TimeoutError:
                outcome = "forgotten"
        outcomes[kind, outcome] += 1
        writer.close()


async def _grpc(aim: Aim, source: Malformed, count: int, outcomes: Counter) -> None:
    metadata = (("authorization", f"Bearer {aim.key}"),)
    async with grpc.aio.insecure_channel(f"{HOST}:{aim.grpc_port}") as channel:
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")

        async def one() -> str:
            try:
                await infer(source.grpc(), metadata=metadata, timeout=PATIENCE_S)
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
                    return error.code().name
                # the runtime's own words (408) are an answer; the client's patience running out is none
                return "slow_request" if "did not come" in (error.details() or "") else "forgotten"
            return "OK"

        while count > 0:
            size = min(_BATCH, count)
            count -= size
            for outcome in await asyncio.gather(*(one() for _ in range(size))):
                outcomes["grpc", outcome] += 1
