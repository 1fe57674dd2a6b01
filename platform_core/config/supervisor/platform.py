"""The platform as processes: which run, on which ports, and how each shows that it is ready."""

import http.client
import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from platform_core.config.supervisor.processes import ProcessSpec


@dataclass(frozen=True)
class PlatformOptions:
    """Where the processes listen.

    Attributes:
        host: address to bind.
        port: of the web; inference REST at port+1, gRPC at port+2.
    """

    host: str = "127.0.0.1"
    port: int = 8000

    @property
    def ports(self) -> list[int]:
        """The three ports taken."""
        return [self.port, self.port + 1, self.port + 2]

    @property
    def web_url(self) -> str:
        """Address people open."""
        host = "localhost" if self.host in {"127.0.0.1", "0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://{host}:{self.port}/"


def environment(options: PlatformOptions, home: Path) -> Mapping[str, str]:
    """Return the environment of the processes: this one's, with the ports and home made explicit."""
    return {
        **os.environ,
        "PENTAQUARK_HOME": str(home),
        "PENTAQUARK_PORT": str(options.port),
        "PENTAQUARK_RUNTIME_PORT": str(options.port + 1),
        "PENTAQUARK_GRPC_PORT": str(options.port + 2),
        "PYTHONUNBUFFERED": "1",
    }


def specs(
    options: PlatformOptions, *, worker_has_reported: Callable[[], bool]
) -> list[ProcessSpec]:
    """Return the four processes.

    Args:
        options: where they listen.
        worker_has_reported: says whether a worker entered itself in the database.
    """
    web = ("web", "--host", options.host, "--port", str(options.port))
    runtime = ("runtime", "--host", options.host)
    return [
        ProcessSpec("web", web, lambda: answers(options.port, "/healthz")),
        ProcessSpec("runtime", runtime, lambda: answers(options.port + 1, "/v2/health/live")),
        ProcessSpec("worker", ("worker",), worker_has_reported),
        ProcessSpec("scheduler", ("scheduler",), lambda: True),  # it may stand by for another
    ]


def answers(port: int, path: str) -> bool:
    """Say whether a local HTTP server answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    with closing(connection):
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
