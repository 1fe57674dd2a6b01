"""What followed: events that name an item shown within the window, and outcomes that programs tell."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.recommendation import selectors
from apps.recommendation.errors import ImpressionNotFoundError
from apps.recommendation.models import Event, Experiment, Impression, Outcome
from apps.recommendation.services.bounds import check_id
from apps.recommendation.services.experiments import hash_of
from apps.recommendation.services.impressions import WAITING
from platform_core.accounts.api import Actor
from platform_core.errors import InvalidInputError

LAG = timedelta(seconds=5)
"""Events are compared when they are that old: what was shown before them is written by then."""
OVERLAP = timedelta(seconds=10)
"""Read again each time, because a slow transaction may commit behind a newer one; counted once anyway."""
CHUNK, MAX_CHUNKS = 1000, 20


@dataclass(frozen=True)
class NewOutcome:
    """An outcome as a program tells it.

    Attributes:
        recommendation_id: of the answer that led to it.
        item: which of the items, where it was one.
        value: an amount, where there is one.
        outcome_id: the caller's key: sent twice it counts once.
    """

    recommendation_id: str
    item: str = ""
    kind: str = "conversion"
    value: float | None = None
    outcome_id: str = ""


def tell_outcome(*, actor: Actor, name: str, told: NewOutcome) -> bool:
    """Record an outcome of an answer; False when it was known already.

    Raises:
        ImpressionNotFoundError: nothing was shown under the id, or it is not written yet.
        InvalidInputError: the item was not among those shown, or it came after the window.
    """
    actor.require("event.write")
    recommender = selectors.get_recommender(actor=actor, name=name)
    WAITING.flush()
    shown = (
        Impression.objects.filter(
            experiment__recommender=recommender, pk=_uuid(told.recommendation_id)
        )
        .select_related("experiment")
        .first()
    )
    if shown is None:
        raise ImpressionNotFoundError(
            f"Nothing was shown under “{told.recommendation_id[:40]}”.",
            remedy="Check the id; answers of the last two seconds may not be written yet: send it again.",
            field="recommendation_id",
        )
    _check(told, shown)
    key = f"told:{check_id(told.outcome_id, 'outcome_id')[:190] if told.outcome_id else uuid.uuid4().hex}"
    row = _outcome(shown, key, told.kind, told.item, told.value, timezone.now())
    return _store([row]) == 1


def _check(told: NewOutcome, shown: Impression) -> None:
    if told.item and told.item not in shown.items:
        raise InvalidInputError(f"“{told.item[:80]}” was not among the items shown.", field="item")
    if told.value is not None and not abs(told.value) < float("inf"):  # false for NaN too
        raise InvalidInputError(
            "Value is not a finite number.", remedy="Leave it out.", field="value"
        )
    if not 0 < len(told.kind) <= 40:
        raise InvalidInputError("Kind is empty or too long.", field="kind")
    if timezone.now() - shown.created_at > timedelta(seconds=shown.experiment.window_s):
        raise InvalidInputError(
            "It came after the experiment's window, so it does not count.",
            field="recommendation_id",
        )


def settle(experiment: Experiment) -> bool:
    """Compare events received since the last time with what was shown; True once none is left.

    Bounded: at most MAX_CHUNKS * CHUNK events a call. May run in two processes at once.
    """
    WAITING.flush()
    if experiment.settled_at is None or experiment.result is not None:
        return True
    until = min(timezone.now() - LAG, _last(experiment))
    started = experiment.started_at or experiment.settled_at
    cursor = (max(experiment.settled_at - OVERLAP, started), uuid.UUID(int=0))
    for _ in range(MAX_CHUNKS):
        events = _next(experiment, cursor, until)
        _store(_matches(experiment, events))
        if len(events) < CHUNK:
            _reached(experiment, until)
            return True
        cursor = (events[-1].created_at, events[-1].pk)
        _reached(experiment, cursor[0])
    return False


def _reached(experiment: Experiment, at: datetime) -> None:
    experiment.settled_at = max(at, experiment.settled_at or at)
    Experiment.objects.filter(pk=experiment.pk).update(settled_at=experiment.settled_at)


def _last(experiment: Experiment) -> datetime:
    """Return when the last event that can count may have been received, with an hour's delay allowed."""
    if experiment.ended_at is None:
        return timezone.now()
    return experiment.ended_at + timedelta(seconds=experiment.window_s, hours=1)


def _next(
    experiment: Experiment, cursor: tuple[datetime, uuid.UUID], until: datetime
) -> list[Event]:
    at, last = cursor
    found = Event.objects.filter(
        Q(created_at__gt=at) | Q(created_at=at, id__gt=last),
        recommender_id=experiment.recommender_id,
        created_at__lte=until,
    )
    if experiment.kinds:
        found = found.filter(kind__in=experiment.kinds)
    return list(found.order_by("created_at", "id")[:CHUNK])


def _matches(experiment: Experiment, events: Sequence[Event]) -> list[Outcome]:
    """Return an outcome for each event whose user was shown its item before, within the window."""
    if not events:
        return []
    window = timedelta(seconds=experiment.window_s)
    hashes = {event.user_id: hash_of(experiment, event.user_id) for event in events}
    shown = _shown(
        experiment,
        set(hashes.values()),
        min(event.occurred_at for event in events) - window,
    )
    matched = []
    for event in events:
        of_item = shown.get((hashes[event.user_id], event.item_id), [])
        led = [
            each for each in of_item if timedelta() <= event.occurred_at - each.created_at <= window
        ]
        if led:
            latest = max(led, key=lambda each: each.created_at)
            matched.append(
                _outcome(
                    latest,
                    event.event_id,
                    event.kind,
                    event.item_id,
                    event.value,
                    event.occurred_at,
                )
            )
    return matched


def _shown(
    experiment: Experiment, hashes: Iterable[str], since: datetime
) -> dict[tuple[str, str], list[Impression]]:
    """Return (user, item) -> the impressions of it."""
    rows = Impression.objects.filter(
        experiment=experiment, user_hash__in=hashes, created_at__gte=since
    )
    found: defaultdict[tuple[str, str], list[Impression]] = defaultdict(list)
    for row in rows.iterator():
        for item in row.items:
            found[row.user_hash, item].append(row)
    return found


def _outcome(
    shown: Impression, key: str, kind: str, item: str, value: float | None, at: datetime
) -> Outcome:
    return Outcome(
        organisation_id=shown.organisation_id,
        experiment_id=shown.experiment_id,
        impression=shown,
        key=key,
        kind=kind,
        item_id=item,
        value=value,
        created_at=at,
    )


def _store(rows: list[Outcome]) -> int:
    """Insert those not there yet, and return how many these were."""
    with transaction.atomic():
        Outcome.objects.bulk_create(rows, ignore_conflicts=True)
        return Outcome.objects.filter(pk__in=[row.pk for row in rows]).count()


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
