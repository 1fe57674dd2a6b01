"""`manage.py worker`: runs jobs of the queue on this machine."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from platform_core.jobs.policy import POLICY
from platform_core.jobs.worker import start


class Command(BaseCommand):
    """Claims jobs and runs each in a process group of its own; Ctrl-C or SIGTERM drains."""

    help = "Run jobs of the queue on this machine, until Ctrl-C or SIGTERM."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--slots", type=int, default=settings.WORKER_SLOTS)
        parser.add_argument("--memory-mb", type=int, default=0, help="memory one job may use")
        parser.add_argument(
            "--poll-s", type=float, default=POLICY.poll_s, help="look at the queue unwoken"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work until asked to stop."""
        slots = options["slots"]
        if not 1 <= slots <= 256:
            raise CommandError("--slots: use 1 to 256.")
        start.work(
            slots=slots,
            memory_bytes=max(options["memory_mb"], 0) * 2**20,
            poll_s=max(options["poll_s"], 0.1),
        )
        self.stdout.flush()
        self.stderr.flush()
        os._exit(0)  # Celery's thread may be inside a socket call; everything of ours is recorded
