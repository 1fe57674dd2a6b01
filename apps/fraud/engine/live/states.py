"""The states of one event's entities: opened, and sealed again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.fraud.engine.live.knowing import Known
from apps.fraud.models import Decision
from apps.fraud.services import recording, stores
from apps.fraud.services.deciding import RuleHit
from apps.fraud.services.states import Held


@dataclass(frozen=True)
class Opened:
    """States as read.

    Attributes:
        names: the feature set's key -> name in the store.
        held: name in the store -> sealed state with its version.
        values: the feature set's key -> state in the clear.
    """

    names: dict[str, str]
    held: dict[str, Held]
    values: dict[str, bytes | None]


def read(known: Known, fields: Mapping[str, Any]) -> Opened:
    """Return the states that an event reads."""
    sealer = known.sealer
    names = {key: sealer.name(key) for key in known.features.state_keys(fields)}
    held = stores.store().read(known.place, list(names.values()))
    values = {key: opened(known, name, held[name].value) for key, name in names.items()}
    return Opened(names, held, values)


def opened(known: Known, name: str, sealed: bytes | None) -> bytes | None:
    """Return a state in the clear."""
    if sealed is None:
        return None
    return known.sealer.unseal(sealed, "state", str(known.place.generation), name)


def sealed(known: Known, was: Opened, new: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return name in the store -> sealed new state."""
    generation = str(known.place.generation)
    return {
        was.names[key]: known.sealer.seal(value, "state", generation, was.names[key])
        for key, value in new.items()
    }


def record(
    known: Known,
    decision: Decision,
    was: Opened,
    new: Mapping[str, bytes],
    hits: Sequence[RuleHit] = (),
) -> None:
    """Store a decision with the states after it, or nothing; see recording.record."""
    recording.record(
        store=stores.store(),
        place=known.place,
        decision=decision,
        was=was.held,
        new=sealed(known, was, new),
        hits=hits,
    )
