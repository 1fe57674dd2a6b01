"""`manage.py member add`: the first owner of a new platform, and members without a browser."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from platform_core.accounts.actor import platform_actor
from platform_core.accounts.management.refusal import told_in_one_sentence
from platform_core.accounts.management.session import organisation_named
from platform_core.accounts.models import Organisation
from platform_core.accounts.permissions import Role
from platform_core.accounts.services import members, organisations
from platform_core.errors import InvalidInputError


class Command(BaseCommand):
    """Adds members."""

    help = "Add a member to an organisation, or found an organisation with its first owner."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        actions = parser.add_subparsers(dest="what", required=True)
        add = actions.add_parser("add", help="print the temporary password of a new person")
        add.add_argument("--user", "--email", required=True, metavar="EMAIL")
        add.add_argument("--role", default="viewer", help=", ".join(Role.values))
        add.add_argument("--organisation", default="", metavar="SLUG")
        add.add_argument("--new-organisation", default="", metavar="NAME")
        add.add_argument("--name", default="", help="the person's name")
        add.add_argument("--password-stdin", action="store_true", help="read a password from stdin")

    @told_in_one_sentence
    def handle(self, *_args: Any, **options: Any) -> None:
        """Add one member."""
        password = _read_password() if options["password_stdin"] else None
        with transaction.atomic():
            added = members.add_member(
                actor=platform_actor(_organisation(options)),
                email=options["user"],
                role=options["role"],
                name=options["name"],
                password=password,
            )
        email, place = added.membership.user.email, added.membership.organisation.slug
        self.stderr.write(f"{email} is now {added.membership.role} of {place}.")
        if added.temporary_password:
            self.stdout.write(added.temporary_password)


def _organisation(options: dict[str, Any]) -> Organisation:
    """Return the organisation meant: a new one, the named one, or the only one there is."""
    if options["new_organisation"]:
        return organisations.found_organisation(
            name=options["new_organisation"], slug=options["organisation"]
        )
    if options["organisation"]:
        return organisation_named(options["organisation"])
    every = list(Organisation.objects.all()[:2])
    if len(every) != 1:
        raise InvalidInputError("Say which with --organisation SLUG or --new-organisation NAME.")
    return every[0]


def _read_password() -> str:
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if not password:
        raise InvalidInputError("There was no password on standard input.")
    return password
