"""`manage.py up`: every process of the platform on this machine."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from platform_core.config.supervisor.display import Display
from platform_core.config.supervisor.platform import PlatformOptions
from platform_core.config.supervisor.preflight import PreflightError
from platform_core.config.supervisor.processes import ProcessStartError
from platform_core.config.supervisor.run import run
from platform_core.errors import PlatformError


class Command(BaseCommand):
    """Start web, runtime, worker and scheduler under one supervisor."""

    help = "Start web, runtime, worker and scheduler; Ctrl-C stops them all."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default="127.0.0.1", help="address to bind")
        parser.add_argument(
            "--port", type=int, default=settings.WEB_PORT, help="web here, inference at +1 and +2"
        )
        parser.add_argument("--reset", action="store_true", help="delete what an earlier run left")
        parser.add_argument(
            "--exit-when-ready", action="store_true", help="prepare everything, then stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; a refusal is one sentence and status 1."""
        try:
            run(
                PlatformOptions(host=options["host"], port=options["port"]),
                Display(),
                fill=self.fill(options),
                reset=options["reset"],
                exit_when_ready=options["exit_when_ready"],
            )
        except (PreflightError, ProcessStartError) as error:
            raise CommandError(str(error)) from error
        except PlatformError as error:
            raise CommandError(f"{error.detail} {error.remedy}".strip()) from error

    def fill(self, options: dict[str, Any]) -> Any:
        """Return what to do once all processes answer; nothing here."""
        return None
