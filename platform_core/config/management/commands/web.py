"""`manage.py web`: the web process, Django behind the front (`web.front`) under Granian."""

from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from platform_core.config import asgi

CONNECTIONS = 1024
"""Open at a time, per process; an idle one ends after HEADERS_WITHIN_S."""
HEADERS_WITHIN_S = 15


class Command(BaseCommand):
    """Serve pages and REST."""

    help = "Serve the web pages and the REST interface."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default="127.0.0.1", help="address to bind")
        parser.add_argument("--port", type=int, default=settings.WEB_PORT)
        parser.add_argument("--workers", type=int, default=1, help="processes")
        parser.add_argument(
            "--threads", type=int, default=32, help="requests at a time per process"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal ends it."""
        server = Granian(
            "platform_core.config.asgi",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.ASGINL,
            workers=options["workers"],
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN_S * 1000),
            respawn_failed_workers=True,
            workers_kill_timeout=6,
            websockets=False,
        )
        server.serve(target_loader=partial(asgi.build, options["threads"]), wrap_loader=False)
