"""`manage.py audit verify`: check every organisation's log; status 1 when one was tampered with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from platform_core.accounts.api import Organisation
from platform_core.audit.verification import verify


class Command(BaseCommand):
    """Checks the audit log."""

    help = "Check the audit log of every organisation, or of one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("what", choices=["verify"])
        parser.add_argument("--organisation", metavar="SLUG", help="only this one")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line per organisation."""
        organisations = Organisation.objects.all()
        if options["organisation"]:
            organisations = organisations.filter(slug=options["organisation"])
        outcomes = []
        for organisation in organisations:
            found = verify(organisation=organisation)
            outcomes.append(found.ok)
            word = "ok" if found.ok else "TAMPERED"
            self.stdout.write(f"{organisation.slug}: {word}. {found.message} {found.first_bad_id}")
        if not outcomes:
            self.stderr.write("There is no such organisation.")
        if not outcomes or not all(outcomes):
            raise SystemExit(1)
