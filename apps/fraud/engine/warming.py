"""Builds the states of a detector's entities anew: from the history, then from what was decided since.

A new generation is written beside the old one and switched to under the detector's lock: decisions that
came meanwhile are applied there, and those that come then wait for the switch.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from apps.fraud.engine.live import knowing
from apps.fraud.engine.live.knowing import Known
from apps.fraud.engine.loading import History
from apps.fraud.models import Decision, Detector, EntityState, Label
from apps.fraud.services import sealing, stores
from apps.fraud.services.states import Place
from ml.common.progress import Progress
from ml.fraud.features import online
from platform_core.vault import api as vault

_AT_ONCE = 2_000


def build(progress: Progress, detector: Detector, history: History) -> int:
    """Write a new generation of states from the history, and return its number; nothing uses it yet."""
    generation = _next(detector)
    place = Place(detector.pk, generation)
    ordered = history.table.sort(str(history.features.time), maintain_order=True)
    made = online.replay(ordered.iter_rows(named=True), history.features)
    sealer = vault.sealer(detector.data_key_id)
    count = stores.store().build(place, _sealed(sealer, generation, made))
    progress.log(f"{count} states of {', '.join(detector.entities)} were built.")
    return generation


def _next(detector: Detector) -> int:
    """Return a generation that has no states: one of an attempt that died may be there."""
    stores.store().forget(detector.pk, but=detector.generation)
    return detector.generation + 1


def _sealed(
    sealer: vault.Sealer, generation: int, states: Mapping[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    for key, value in states.items():
        name = sealer.name(key)
        yield name, sealer.seal(value, "state", str(generation), name)


def switch(
    detector: Detector, generation: int, *, features: dict[str, Any], normals: dict[str, Any]
) -> None:
    """Apply what was decided since the first event, then let scoring use the new generation.

    To be called in a transaction: the detector's row stays locked, so that no decision slips in between.
    """
    locked = Detector.objects.select_for_update().get(pk=detector.pk)
    locked.features, locked.generation = features, generation
    locked.normals = normals or locked.normals
    locked.sequence += 1
    apply_decisions(knowing.of(locked))
    locked.save(update_fields=["features", "normals", "generation", "sequence"])


def forget(detector: Detector, generation: int) -> None:
    """Delete the states of other generations, after the switch."""
    stores.store().forget(detector.pk, but=generation)


def apply_decisions(known: Known) -> int:
    """Apply every decided event in the order of decision, then every label told; return how many.

    An event that the history holds already is there by its id: applying it again changes nothing.
    """
    place, features = known.place, known.features
    kept: dict[str, bytes | None] = {}
    count = 0
    labels = dict(Label.objects.filter(detector=known.detector).values_list("event_id", "is_fraud"))
    decided = Decision.objects.filter(detector_id=place.detector_id).order_by("decided_at", "id")
    for decision in decided.select_related("detector").iterator(chunk_size=_AT_ONCE):
        event = sealing.body_of(decision)["event"]
        states = _read(known, kept, features.state_keys(event))
        kept.update(online.compute(event, states, features)[1])
        if decision.event_id in labels:
            states = {key: kept[key] for key in features.state_keys(event)}
            told = labels[decision.event_id]
            kept.update(online.apply_label(event, told, states, features))
        count += 1
    _write(known, kept)
    return count


def _read(
    known: Known, kept: dict[str, bytes | None], keys: tuple[str, ...]
) -> dict[str, bytes | None]:
    missing = [key for key in keys if key not in kept]
    if missing:
        names = {known.sealer.name(key): key for key in missing}
        held = stores.store().read(known.place, list(names))
        for name, key in names.items():
            value = held[name].value
            place = ("state", str(known.place.generation), name)
            kept[key] = None if value is None else known.sealer.unseal(value, *place)
    return {key: kept[key] for key in keys}


def _write(known: Known, kept: Mapping[str, bytes | None]) -> None:
    """Replace the states that were touched."""
    changed = {key: value for key, value in kept.items() if value is not None}
    names = {known.sealer.name(key): key for key in changed}
    stores.store().replace(
        known.place,
        _sealed(
            known.sealer, known.place.generation, {key: changed[key] for key in names.values()}
        ),
    )


def computed(known: Known) -> dict[str, bytes]:
    """Return name -> state in the clear of everything stored, for tests and checks."""
    rows = EntityState.objects.filter(
        detector_id=known.detector.pk, generation=known.place.generation
    )
    return {
        row.key: known.sealer.unseal(
            bytes(row.value), "state", str(known.place.generation), row.key
        )
        for row in rows.iterator()
    }
