"""Settings of one runtime process."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RuntimeOptions:
    """Where the runtime listens and what it may use.

    Attributes:
        host, rest_port, grpc_port: where programs call.
        socket_path: Unix socket for this machine's web processes, trusted.
        memory_bytes: budget of all loaded models.
        model_threads: CPU threads of one prediction.
        device: auto, cpu or cuda.
        pool_threads: predictions that run at once outside the event loop.
        model_concurrency: of those, how many one model may take.
        queue_limit: requests that may wait or run; more are refused with 503.
        max_body_bytes: of one request.
        max_connections: of each REST listener; more are answered 503 and closed.
        bodies_bytes: of all requests being read or answered.
        request_timeout_s: from the whole body to the answer.
        read_timeout_s: from the first byte of a request to its last.
        load_timeout_s: a request waits this long for its model to load.
        drain_s: for requests in flight after SIGTERM.
        poll_s: how often aliases and endpoints are looked at.
        node: name of this runtime, unique among those that are up.
        discovery: several runtimes share the endpoints; each loads ahead only its own.
        internal: host:port where web processes of other machines ask; empty for nowhere.
        internal_url: how they reach it.
        metrics_token: opens /metrics there.
        otlp_url: of an OpenTelemetry collector; empty traces nothing.
        trace_ratio: of the traces that begin here, recorded.
    """

    host: str
    rest_port: int
    grpc_port: int
    socket_path: Path
    memory_bytes: int
    model_threads: int = 1
    device: str = "auto"
    pool_threads: int = max(4, 2 * (os.cpu_count() or 1))
    model_concurrency: int = max(2, os.cpu_count() or 1)
    queue_limit: int = 1024
    max_body_bytes: int = 64 * 2**20
    max_connections: int = 20_000
    bodies_bytes: int = 512 * 2**20
    request_timeout_s: float = 30.0
    read_timeout_s: float = 15.0
    load_timeout_s: float = 60.0
    drain_s: float = 8.0
    poll_s: float = 0.3
    node: str = "runtime"
    discovery: bool = False
    internal: str = ""
    internal_url: str = ""
    metrics_token: str = ""
    otlp_url: str = ""
    trace_ratio: float = 0.01
