"""Reads of the log."""

import uuid
from datetime import datetime

from django.db.models import QuerySet

from platform_core.accounts.api import Actor
from platform_core.audit.models import Entry


def entries(
    *,
    actor: Actor,
    action: str = "",
    target: str = "",
    user_id: uuid.UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Entry]:
    """Return the entries of the actor's organisation, newest first; each argument given narrows them.

    Raises:
        PermissionDeniedError: the actor may not read the log.
    """
    actor.require("audit.view")
    wanted = {
        "action": action,
        "target": target,
        "user_id": user_id,
        "created_at__gte": since,
        "created_at__lt": until,
    }
    given = {field: value for field, value in wanted.items() if value}
    return Entry.objects.owned_by(actor.organisation).filter(**given)
