"""`manage.py apikey create|revoke`: keys without a browser; `create` prints the key and nothing else."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from platform_core.accounts.management.refusal import told_in_one_sentence
from platform_core.accounts.management.session import actor_named
from platform_core.accounts.models import ApiKey
from platform_core.accounts.secrets import hash_secret
from platform_core.accounts.services import keys
from platform_core.errors import InvalidInputError, NotFoundError

MAX_DAYS = 3650


class Command(BaseCommand):
    """Makes and revokes API keys."""

    help = "Create or revoke an API key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        actions = parser.add_subparsers(dest="what", required=True)
        create = actions.add_parser("create", help="print a new key and nothing else")
        create.add_argument("--user", required=True, metavar="EMAIL")
        create.add_argument("--scope", required=True, action="append", metavar="SCOPE")
        create.add_argument("--organisation", default="", metavar="SLUG")
        create.add_argument("--name", default="command line", metavar="NAME")
        create.add_argument("--days", type=int, metavar="D", help="valid for; default: no end")
        revoke = actions.add_parser("revoke", help="revoke a key at once")
        revoke.add_argument("key", help="the key itself, its id, or the letters it is shown by")

    @told_in_one_sentence
    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out one action."""
        if options["what"] == "create":
            self._create(options)
        else:
            self._revoke(options["key"])

    def _create(self, options: dict[str, Any]) -> None:
        days = options["days"]
        if days is not None and not 0 < days <= MAX_DAYS:
            raise InvalidInputError(f"--days is a number from 1 to {MAX_DAYS}.")
        made = keys.create_api_key(
            actor=actor_named(options["user"], options["organisation"]),
            name=options["name"],
            scopes=[scope for given in options["scope"] for scope in given.split(",")],
            expires_at=timezone.now() + timedelta(days=days) if days else None,
        )
        self.stdout.write(made.secret)

    def _revoke(self, given: str) -> None:
        key = _find(given)
        actor = actor_named(key.user.email, key.organisation.slug)
        keys.revoke_api_key(actor=actor, key_id=str(key.pk))
        self.stderr.write(f"The key {key.prefix}… is revoked.")


def _find(given: str) -> ApiKey:
    """Return the one key that is meant."""
    every = ApiKey.objects.select_related("user", "organisation")
    found = list(every.filter(secret_hash=hash_secret(given))) or list(
        every.filter(**_named(given))[:2]
    )
    if len(found) != 1:
        raise NotFoundError("There is no such key, or more than one begins like this.")
    return found[0]


def _named(given: str) -> dict[str, object]:
    try:
        return {"pk": uuid.UUID(given)}
    except ValueError:
        return {"prefix": given.rstrip("…")}
