"""Ray Serve with one replica and its HTTP proxy."""

import signal
import sys
import threading

import network
import ray
from ray import serve
from starlette.requests import Request


@serve.deployment(num_replicas=1, max_ongoing_requests=100)
class Served:
    """The model."""

    def __init__(self) -> None:
        self.run = network.load()

    async def __call__(self, request: Request) -> dict:
        """Predict."""
        document = await request.json()
        return network.answer(self.run(network.tensor(document["inputs"])))


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, configure_logging=False, log_to_driver=False,
             runtime_env={"env_vars": {"PYTHONPATH": sys.path[0]}})  # fmt: skip
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Served.bind(), route_prefix="/infer")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    serve.shutdown()
    ray.shutdown()
