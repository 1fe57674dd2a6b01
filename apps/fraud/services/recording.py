"""Writes a decision and the states it moves in one short transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.fraud.models import Decision
from apps.fraud.services import following
from apps.fraud.services.deciding import RuleHit
from apps.fraud.services.states import Held, Place


class StateStore(Protocol):
    """What a store of states can do; see states.DatabaseStates."""

    def read(self, place: Place, keys: list[str]) -> dict[str, Held]:
        """Return key -> state."""

    def swap(
        self, place: Place, event_id: str, was: Mapping[str, Held], new: Mapping[str, bytes]
    ) -> bool:
        """Write states by compare-and-swap."""

    def build(self, place: Place, states: Iterable[tuple[str, bytes]]) -> int:
        """Write a new generation."""

    def replace(self, place: Place, states: Iterable[tuple[str, bytes]]) -> None:
        """Write states whatever was there."""

    def forget(self, detector_id: UUID, *, but: int) -> None:
        """Delete other generations."""


class MovedMeanwhileError(Exception):
    """Another event moved the same states first: read them again."""


class DecidedMeanwhileError(Exception):
    """The same event was decided by somebody else: answer with that."""


def record(
    *,
    store: StateStore,
    place: Place,
    decision: Decision,
    was: Mapping[str, Held],
    new: Mapping[str, bytes],
    hits: Sequence[RuleHit] = (),
) -> None:
    """Store a decision with the states after it, its rule hits and its case, or nothing.

    Raises:
        DecidedMeanwhileError: the event has a decision.
        MovedMeanwhileError: a state is not as it was read.
    """
    try:
        with transaction.atomic():
            decision.save(force_insert=True)
            following.follow(decision, hits)
            if new and not store.swap(place, decision.event_id, was, new):
                raise MovedMeanwhileError
    except IntegrityError:
        # told apart by looking: the same event twice, or a detector deleted meanwhile
        same = Decision.objects.filter(detector_id=place.detector_id, event_id=decision.event_id)
        if not same.exists():
            raise
        raise DecidedMeanwhileError from None
