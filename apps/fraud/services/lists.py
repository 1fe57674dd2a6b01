"""Block, allow and watch lists: values of entities, sealed, found by their keyed hash, expiring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.fraud.errors import TooManyError
from apps.fraud.models import Detector, ListEntry
from apps.fraud.services import standing
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError
from platform_core.vault import api as vault

MAX_ADDED, MAX_ENTRIES = 1_000, 100_000
MAX_VALUE, MAX_REASON = 200, 500


@dataclass(frozen=True)
class NewEntries:
    """Values to put on a list.

    Attributes:
        list: `block`, `allow` or `watch`.
        entity: an entity column of the detector.
        values: as events have them.
        expires_at: from then on without effect; None = until removed.
    """

    list: str
    entity: str
    values: Sequence[str]
    reason: str = ""
    expires_at: datetime | None = None


def key_of(sealer: vault.Sealer, entity: str, value: str) -> str:
    """Return what stands for an entity's value, as decisions name it."""
    return sealer.name(f"{entity}\x1f{value}")


@transaction.atomic
def add_entries(*, actor: Actor, detector: Detector, entries: NewEntries) -> list[ListEntry]:
    """Put values on a list, all or none; those on it get the new reason and expiry.

    Raises:
        InvalidInputError: unknown list or entity, malformed value, expiry in the past.
        TooManyError: the lists would grow beyond their bound.
    """
    actor.require("rule.manage")
    values = _checked(detector, entries)
    locked = standing.lock(detector)
    sealer = vault.sealer(locked.data_key_id)
    keys = {key_of(sealer, entries.entity, value): value for value in values}
    old = ListEntry.objects.filter(detector=locked, list=entries.list, key__in=list(keys))
    old.delete()
    if locked.entries.count() + len(keys) > MAX_ENTRIES:
        raise TooManyError(
            f"The lists of “{detector.name}” hold at most {MAX_ENTRIES:,} entries.",
            remedy="Remove those that have expired.",
        )
    rows = [_row(actor, locked, entries, key, value) for key, value in keys.items()]
    made = ListEntry.objects.bulk_create(rows)
    _changed(actor, locked, "fraud.list_added", entries.list, entries.entity, len(made))
    return made


@transaction.atomic
def remove_entry(*, actor: Actor, entry: ListEntry) -> None:
    """Take a value off its list."""
    actor.require("rule.manage")
    _changed(actor, entry.detector, "fraud.list_removed", entry.list, entry.entity, 1)
    entry.delete()


@transaction.atomic
def remove_expired(*, actor: Actor, detector: Detector) -> int:
    """Forget the entries that have no effect any more; return how many."""
    actor.require("rule.manage")
    gone, _ = ListEntry.objects.filter(detector=detector, expires_at__lte=timezone.now()).delete()
    if gone:
        _changed(actor, detector, "fraud.list_expired", "", "", gone)
    return gone


def _checked(detector: Detector, entries: NewEntries) -> list[str]:
    if entries.list not in ListEntry.List.values:
        raise InvalidInputError(f"A list is {', '.join(ListEntry.List.values)}.", field="list")
    if entries.entity not in detector.entities:
        named = ", ".join(detector.entities)
        raise InvalidInputError(f"The detector's entities are {named}.", field="entity")
    values = list(dict.fromkeys(value.strip() for value in entries.values))
    if not 1 <= len(values) <= MAX_ADDED:
        raise InvalidInputError(f"Give 1 to {MAX_ADDED} values at once.", field="values")
    for place, value in enumerate(values, start=1):
        if not 1 <= len(value) <= MAX_VALUE or "\0" in value:
            raise InvalidInputError(
                f"Value {place} has not 1 to {MAX_VALUE} characters.", field="values"
            )
    if entries.expires_at is not None and entries.expires_at <= timezone.now():
        raise InvalidInputError("The expiry lies in the past.", field="expires_at")
    return values


def _row(actor: Actor, detector: Detector, entries: NewEntries, key: str, value: str) -> ListEntry:
    return ListEntry(
        organisation=actor.organisation,
        detector=detector,
        list=entries.list,
        entity=entries.entity,
        key=key,
        value=value,
        reason=" ".join(entries.reason.split())[:MAX_REASON],
        expires_at=entries.expires_at,
        made_by=actor.user,
    )


def _changed(
    actor: Actor, detector: Detector, action: str, name: str, entity: str, count: int
) -> None:
    standing.touch(detector)
    audit.record(
        actor=actor,
        action=action,
        target=f"detector:{detector.pk}",
        details={"detector": detector.name, "list": name, "entity": entity, "count": count},
    )
