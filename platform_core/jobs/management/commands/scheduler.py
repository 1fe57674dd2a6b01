"""`manage.py scheduler`: takes jobs back from lost workers, wakes, cleans up."""

from typing import Any

from django.core.management.base import BaseCommand

from platform_core.jobs.scheduler import Scheduler


class Command(BaseCommand):
    """Leads, or stands by while another scheduler leads."""

    help = (
        "Take jobs back from lost workers, wake workers, clean up; any number may run, one leads."
    )
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until SIGTERM."""
        Scheduler().run()
