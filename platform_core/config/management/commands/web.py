"""`manage.py web`: the web process, Django as WSGI under Granian."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings


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
        Granian(
            "platform_core.config.wsgi:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=options["workers"],
            blocking_threads=options["threads"],
            backpressure=4 * options["threads"],
            http1_settings=HTTP1Settings(header_read_timeout=15_000),
            respawn_failed_workers=True,
            workers_kill_timeout=6,
            websockets=False,
        ).serve()
