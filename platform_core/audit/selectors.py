"""Reads of the log."""

from django.db.models import QuerySet

from platform_core.accounts.api import Actor
from platform_core.audit.models import Entry


def entries(*, actor: Actor) -> QuerySet[Entry]:
    """Return the entries of the actor's organisation, newest first.

    Raises:
        PermissionDeniedError: the actor may not read the log.
    """
    actor.require("audit.view")
    return Entry.objects.owned_by(actor.organisation)
