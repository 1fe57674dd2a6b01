"""`manage.py demo`: the platform with an organisation, people, data and trained models to look at."""

from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from platform_core.config.management.commands import up
from platform_core.config.supervisor import demo


class Command(up.Command):
    """Start everything and fill a demo organisation."""

    help = "Start the platform with demo content, in the browser within minutes."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        super().add_arguments(parser)
        parser.add_argument(
            "--data", type=Path, help="folder with your own files in place of synthetic data"
        )
        parser.add_argument("--no-train", action="store_true", help="load the data, train nothing")

    def fill(self, options: dict[str, Any]) -> Any:
        """Return the function that makes the demo's content."""
        folder: Path | None = options["data"]
        if folder is not None and not folder.is_dir():
            raise CommandError(f"--data {folder}: there is no such folder.")
        return partial(
            demo.fill,
            data_dir=folder,
            train=not options["no_train"],
            stays=not options["exit_when_ready"],
        )
