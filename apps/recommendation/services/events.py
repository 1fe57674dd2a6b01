"""Records what users do, durably and each event once."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.recommendation import selectors
from apps.recommendation.models import MAX_EVENT_ID, Event, Recommender
from apps.recommendation.services import live
from apps.recommendation.services.bounds import MAX_EVENTS, check_id
from platform_core.accounts.api import Actor
from platform_core.errors import InvalidInputError

_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class NewEvent:
    """An event as a caller tells it.

    Attributes:
        user, item: ids in the caller's own words; both may be new.
        event_id: the caller's key for this event; sent twice it counts once. Made up when empty.
        kind: what happened: view, click, purchase, rating.
        value: a rating or an amount, where the kind has one.
        occurred_at: when; now by default.
    """

    user: str
    item: str
    event_id: str = ""
    kind: str = "view"
    value: float | None = None
    occurred_at: datetime = field(default_factory=timezone.now)


@dataclass(frozen=True)
class Recorded:
    """How many events were new, and how many had been recorded before."""

    recorded: int
    duplicates: int


def record_events(*, actor: Actor, name: str, events: Sequence[NewEvent]) -> Recorded:
    """Store events; the next answer for their users reflects them, and new items can be recommended.

    All are stored or none. An `event_id` known already is left as it is, so a caller that got no answer
    sends the same list again. There is no audit entry: an event is data, its row says when it came.

    Raises:
        RecommenderNotFoundError: unknown name.
        InvalidInputError: none or too many events, or one that is malformed; `index` names which.
    """
    actor.require("event.write")
    recommender = selectors.get_recommender(actor=actor, name=name)
    if not 1 <= len(events) <= MAX_EVENTS:
        raise InvalidInputError(
            f"{len(events)} events were sent.", remedy=f"Send 1 to {MAX_EVENTS} at a time."
        )
    rows = [_row(recommender, event, index) for index, event in enumerate(events)]
    new_items = live.unknown_items(
        actor=actor, recommender=recommender, items=[row.item_id for row in rows]
    )
    with transaction.atomic():
        Event.objects.bulk_create(rows, ignore_conflicts=True)
        # the ids are ours, so a row that is there under its id was written by this call
        ours = Event.objects.filter(id__in=[row.id for row in rows])
        recorded = set(ours.values_list("id", flat=True))
        touched = [r.item_id for r in rows if r.id in recorded and r.item_id in new_items]
        if touched:
            live.note_touches(recommender=recommender, touched=touched)
    return Recorded(recorded=len(recorded), duplicates=len(rows) - len(recorded))


def _row(recommender: Recommender, event: NewEvent, index: int) -> Event:
    try:
        return Event(
            organisation_id=recommender.organisation_id,
            recommender=recommender,
            event_id=_event_id(event.event_id),
            user_id=check_id(event.user, "user"),
            item_id=check_id(event.item, "item"),
            kind=_kind(event.kind),
            value=_value(event.value),
            occurred_at=_time(event.occurred_at),
        )
    except InvalidInputError as error:
        error.extra["index"] = index
        raise


def _event_id(given: str) -> str:
    if len(given) > MAX_EVENT_ID:
        raise InvalidInputError(
            f"The event_id is {len(given)} characters long.",
            remedy=f"Use at most {MAX_EVENT_ID}.",
            field="event_id",
        )
    return check_id(given, "event_id") if given else uuid.uuid4().hex


def _kind(given: str) -> str:
    if not _KIND.match(given):
        raise InvalidInputError(
            f"Kind is {given[:40]!r}.",
            remedy="Use up to 40 lower-case letters, digits, _ and -, beginning with a letter.",
            field="kind",
        )
    return given


def _value(given: float | None) -> float | None:
    if given is not None and not abs(given) < float("inf"):  # false for NaN too
        raise InvalidInputError(
            "Value is not a finite number.", remedy="Leave it out.", field="value"
        )
    return given


def _time(given: datetime) -> datetime:
    if given > timezone.now() + _CLOCK_SKEW:
        raise InvalidInputError(
            f"The event lies in the future ({given.isoformat()}).",
            remedy="Send occurred_at in UTC, or leave it out.",
            field="occurred_at",
        )
    return given
