"""Items and users told between trainings: by attributes, or by the first event that names an item.

Every change of a live item takes the next number of its recommender's `live_sequence` while the row is
locked, so numbers become visible in their order, and a runtime that knows a number knows all before it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.recommendation import selectors
from apps.recommendation.errors import TooManyError
from apps.recommendation.models import LiveItem, LiveUser, Recommender
from apps.recommendation.services.asking import ask
from apps.recommendation.services.bounds import MAX_LIVE_ITEMS, check_attributes, check_id
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import PlatformError

ENOUGH_TOUCHES = 32
"""Events of a new item that are told to the runtime; beyond, its place hardly moves."""
KEEP_DELETED = timedelta(days=30)
"""A runtime that was asked nothing for so long may keep a deleted item until it is restarted."""
_MAX_REMEMBERED = 200_000


def put_item(*, actor: Actor, name: str, item: str, attributes: Mapping[str, Any]) -> LiveItem:
    """Tell an item: a new one can be recommended at once, a known one has these attributes from now on.

    Of a known item, attributes that are not named keep the values of its table.

    Raises:
        RecommenderNotFoundError: unknown name.
        InvalidInputError: the id or an attribute is malformed.
        TooManyError: the recommender has MAX_LIVE_ITEMS.
    """
    actor.require("event.write")
    check_id(item, "item")
    told = check_attributes(attributes)
    recommender = selectors.get_recommender(actor=actor, name=name)
    with transaction.atomic():
        sequence = _next(recommender)
        rows = LiveItem.objects.filter(recommender=recommender)
        if not rows.filter(item_id=item).exists() and rows.count() >= MAX_LIVE_ITEMS:
            raise TooManyError(
                f"“{name}” has {MAX_LIVE_ITEMS} live items.",
                remedy="Retrain on data that holds them, and delete those the data describes.",
            )
        live, _ = rows.update_or_create(
            recommender=recommender,
            item_id=item,
            defaults={"attributes": told, "sequence": sequence, "is_deleted": False},
            create_defaults={
                "organisation": actor.organisation,
                "attributes": told,
                "sequence": sequence,
            },
        )
    return live


def delete_item(*, actor: Actor, name: str, item: str) -> None:
    """Forget what was told of an item: a new one is answered no more, a known one is as it was trained.

    Raises:
        RecommenderNotFoundError, NotToldError.
    """
    actor.require("event.write")
    live = selectors.get_live_item(actor=actor, name=name, item=item)
    with transaction.atomic():
        live.sequence = _next(live.recommender)
        live.attributes, live.touches, live.is_deleted = {}, 0, True
        live.save()
        old = LiveItem.objects.filter(recommender=live.recommender, is_deleted=True)
        old.filter(created_at__lt=timezone.now() - KEEP_DELETED).exclude(pk=live.pk).delete()
        _record(actor, live.recommender, "recommender.item_deleted")


def put_user(*, actor: Actor, name: str, user: str, attributes: Mapping[str, Any]) -> LiveUser:
    """Tell a user's attributes: without any choice they are served like people with alike ones.

    Raises:
        RecommenderNotFoundError: unknown name.
        InvalidInputError: the id or an attribute is malformed.
    """
    actor.require("event.write")
    check_id(user, "user")
    told = check_attributes(attributes)
    recommender = selectors.get_recommender(actor=actor, name=name)
    with transaction.atomic():
        live, _ = LiveUser.objects.update_or_create(
            recommender=recommender,
            user_id=user,
            defaults={"attributes": told},
            create_defaults={"organisation": actor.organisation, "attributes": told},
        )
        if not recommender.has_live_users:
            Recommender.objects.filter(pk=recommender.pk).update(has_live_users=True)
    return live


def delete_user(*, actor: Actor, name: str, user: str) -> None:
    """Forget a user's attributes; their events stay.

    Raises:
        RecommenderNotFoundError, NotToldError.
    """
    actor.require("event.write")
    live = selectors.get_live_user(actor=actor, name=name, user=user)
    with transaction.atomic():
        _record(actor, live.recommender, "recommender.user_deleted")
        live.delete()


def unknown_items(*, actor: Actor, recommender: Recommender, items: Sequence[str]) -> set[str]:
    """Return the items the serving version was not trained on.

    A runtime that does not answer leaves it open: the items then count as unknown, which costs a row each
    and changes no answer, because the runtime passes over what it knows.
    """
    remembered = _remembered(recommender)
    asked = [item for item in dict.fromkeys(items) if item not in remembered]
    if not asked or recommender.serving_version is None:
        return set(asked)
    try:
        answer = ask(
            actor=actor, recommender=recommender, operation="titles", inputs={"item": asked}
        )
    except PlatformError:
        return set(asked)
    trained = answer.outputs["trained"].tolist()
    remembered.update(item for item, known in zip(asked, trained, strict=True) if known)
    return {item for item, known in zip(asked, trained, strict=True) if not known}


def note_touches(*, recommender: Recommender, touched: Sequence[str]) -> None:
    """Make new items that events named recommendable; runs in the transaction that stores the events.

    Items that were deleted, or touched often enough, stay as they are; beyond MAX_LIVE_ITEMS no new ones
    come.
    """
    counts = Counter(touched)
    if not any(_teachable(recommender, counts)):
        return
    sequence = _next(recommender)
    changed, names = _teachable(recommender, counts)  # as it is now that nobody else may change it
    for row in changed:
        row.touches, row.sequence = row.touches + counts[row.item_id], sequence
    LiveItem.objects.bulk_update(changed, ["touches", "sequence"])
    made = [
        LiveItem(
            organisation_id=recommender.organisation_id,
            recommender=recommender,
            item_id=name,
            touches=counts[name],
            sequence=sequence,
        )
        for name in names
    ]
    LiveItem.objects.bulk_create(made)


def _teachable(
    recommender: Recommender, counts: Mapping[str, int]
) -> tuple[list[LiveItem], list[str]]:
    """Return the live items that events still teach something about, and the items to be made."""
    rows = LiveItem.objects.filter(recommender=recommender)
    known = {row.item_id: row for row in rows.filter(item_id__in=counts)}
    changed = [row for row in known.values() if not row.is_deleted and row.touches < ENOUGH_TOUCHES]
    names = [name for name in counts if name not in known]
    return changed, names[: max(MAX_LIVE_ITEMS - rows.count(), 0)] if names else []


_known: dict[Any, set[str]] = {}


def _remembered(recommender: Recommender) -> set[str]:
    """Return the items this process knows to be in the serving version."""
    key = (recommender.pk, recommender.serving_version)
    if sum(map(len, _known.values())) > _MAX_REMEMBERED:
        _known.clear()
    return _known.setdefault(key, set())


def _next(recommender: Recommender) -> int:
    """Return the next number of the sequence; the row stays locked until the transaction ends."""
    row = Recommender.objects.filter(pk=recommender.pk)
    row.update(live_sequence=F("live_sequence") + 1)
    return row.values_list("live_sequence", flat=True).get()


def _record(actor: Actor, recommender: Recommender, action: str) -> None:
    details = {"name": recommender.name}
    audit.record(
        actor=actor, action=action, target=f"recommender:{recommender.pk}", details=details
    )
