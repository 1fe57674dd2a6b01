"""What turned out: a label moves the states of its event, so that risks of terminals and cards are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.fraud import selectors
from apps.fraud.engine.live import knowing, states
from apps.fraud.engine.live.knowing import Known
from apps.fraud.errors import StateConflictError
from apps.fraud.models import Decision, Label
from apps.fraud.services import recording, sealing, stores
from ml.fraud.features import online
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit

MAX_LABELS = 1_000
_TRIES = 50


@dataclass(frozen=True)
class Told:
    """The truth about one event.

    Attributes:
        known_at: when it came out; now by default.
    """

    event_id: str
    is_fraud: bool
    known_at: datetime | None = None


@dataclass(frozen=True)
class Labelled:
    """How many labels were new or changed something, said nothing new, or are of events never decided."""

    recorded: int
    unchanged: int
    unknown: int


def record_labels(
    *,
    actor: Actor,
    name: str,
    told: Sequence[Told],
    source: str = Label.Source.SYSTEM,
) -> Labelled:
    """Store what turned out about events, and let the features know; a later label replaces an earlier.

    Labels of events that were never decided are kept too: they count once the event is decided or trained on.

    Raises:
        DetectorNotFoundError, DetectorNotReadyError, TrainingFailedError: see knowing.ready.
        StateConflictError: too many events of the same entities at once; send the labels again.
    """
    actor.require("event.write")
    known = knowing.ready(actor=actor, name=name)
    latest = {each.event_id: each for each in told}
    decided = selectors.of_event(detector=known.detector, event_ids=list(latest))
    moved = [_label(known, each, decided.get(each.event_id), source) for each in latest.values()]
    with transaction.atomic():
        audit.record(
            actor=actor,
            action="detector.labelled",
            target=f"detector:{known.detector.pk}",
            details={"labels": len(latest), "changed": sum(moved), "source": str(source)},
        )
    return Labelled(sum(moved), len(moved) - sum(moved), len(latest) - len(decided))


def _label(known: Known, told: Told, decision: Decision | None, source: str) -> bool:
    """Store one label with the states after it; False when it says nothing new."""
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return _once(known, told, decision, source)
        except recording.MovedMeanwhileError:
            known = knowing.of(type(known.detector).objects.get(pk=known.detector.pk))
    raise StateConflictError(
        f"The label of “{told.event_id}” met other events again and again.", remedy="Send it again."
    )


def _once(known: Known, told: Told, decision: Decision | None, source: str) -> bool:
    own: dict[str, Any] = {
        "organisation_id": known.detector.organisation_id,
        "detector": known.detector,
    }
    before = Label.objects.filter(detector=known.detector, event_id=told.event_id).first()
    if before is not None and before.is_fraud == told.is_fraud:
        return False
    Label.objects.update_or_create(
        **own,
        event_id=told.event_id,
        defaults={
            "is_fraud": told.is_fraud,
            "known_at": told.known_at or timezone.now(),
            "source": source,
        },
    )
    if decision is not None:
        _move(known, told, sealing.body_of(decision)["event"])
    return True


def _move(known: Known, told: Told, event: Mapping[str, object]) -> None:
    held = states.read(known, event)
    new = online.apply_label(event, int(told.is_fraud), held.values, known.features)
    sealed = states.sealed(known, held, new)
    if new and not stores.store().swap(known.place, told.event_id, held.held, sealed):
        raise recording.MovedMeanwhileError
