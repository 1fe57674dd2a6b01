"""The states of entities in the database: read with their versions, written by compare-and-swap."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection

from apps.fraud.models import Detector, EntityState

_CHUNK = 150
"""Rows of one statement: SQLite bounds its parameters."""


@dataclass(frozen=True)
class Held:
    """A state as it was read; version 0 and None for an entity that is new."""

    version: int
    value: bytes | None


NEW = Held(0, None)


@dataclass(frozen=True)
class Place:
    """Where a detector's states lie: which detector, which generation of them."""

    detector_id: UUID
    generation: int


class DatabaseStates:
    """States as rows, written in the caller's transaction."""

    def read(self, place: Place, keys: Sequence[str]) -> dict[str, Held]:
        """Return key -> state; new entities have `NEW`."""
        rows = EntityState.objects.filter(
            detector_id=place.detector_id, generation=place.generation, key__in=keys
        ).values_list("key", "version", "value")
        found = {key: Held(version, bytes(value)) for key, version, value in rows}
        return {key: found.get(key, NEW) for key in keys}

    def swap(
        self, place: Place, event_id: str, was: Mapping[str, Held], new: Mapping[str, bytes]
    ) -> bool:
        """Write the new states if nobody wrote them meanwhile; False changes nothing that is kept.

        The caller undoes its transaction when the answer is False. Rows are locked in the order of their
        keys, so that two events of the same entities cannot wait for each other.

        Args:
            place: whose states; a generation that is no longer the detector's is refused too.
            event_id: of the event that moves them.
            was: key -> state as read.
            new: key -> sealed value, of some or all of them.
        """
        ordered = sorted(new)
        return all(
            self._swap(place, was, {key: new[key] for key in ordered[at : at + _CHUNK]})
            for at in range(0, len(ordered), _CHUNK)
        )

    def _swap(self, place: Place, was: Mapping[str, Held], new: Mapping[str, bytes]) -> bool:
        detector = EntityState._meta.get_field("detector").get_db_prep_value(  # noqa: SLF001
            place.detector_id, connection
        )
        values: list[Any] = [
            part
            for key in new
            for part in (detector, place.generation, key, was[key].version + 1, new[key])
        ]
        with connection.cursor() as cursor:
            cursor.execute(_swap_statement(len(new)), [*values, detector, place.generation])
            return int(cursor.rowcount) == len(new)

    def build(self, place: Place, states: Iterable[tuple[str, bytes]]) -> int:
        """Write the states of a new generation, and return how many."""
        count = 0
        for part in batched(states, 500):
            rows = [
                EntityState(
                    detector_id=place.detector_id,
                    generation=place.generation,
                    key=key,
                    version=1,
                    value=value,
                )
                for key, value in part
            ]
            count += len(EntityState.objects.bulk_create(rows))
        return count

    def replace(self, place: Place, states: Iterable[tuple[str, bytes]]) -> None:
        """Write states whatever was there; only while nobody else can."""
        for key, value in states:
            EntityState.objects.update_or_create(
                detector_id=place.detector_id,
                generation=place.generation,
                key=key,
                defaults={"value": value, "version": 1},
            )

    def forget(self, detector_id: UUID, *, but: int) -> None:
        """Delete the states of every generation but one."""
        EntityState.objects.filter(detector_id=detector_id).exclude(generation=but).delete()


def batched(
    states: Iterable[tuple[str, bytes]], size: int
) -> Iterator[tuple[tuple[str, bytes], ...]]:
    """Yield states in portions."""
    rest = iter(states)
    while part := tuple(islice(rest, size)):
        yield part


_STATE, _DETECTOR = EntityState._meta.db_table, Detector._meta.db_table  # noqa: SLF001  (public by convention)
_statements: dict[int, str] = {}


def _swap_statement(rows: int) -> str:
    """Return the statement that writes `rows` states where version and generation still hold."""
    if rows not in _statements:
        cast = (
            "::bigint, %s::text, %s::bigint, %s::bytea" if connection.vendor == "postgresql" else ""
        )
        first = f"%s::uuid, %s{cast}" if cast else "%s, %s, %s, %s, %s"
        listed = " UNION ALL ".join(
            [f"SELECT {first}", *["SELECT %s, %s, %s, %s, %s"] * (rows - 1)]
        )
        _statements[rows] = (
            f"INSERT INTO {_STATE} (detector_id, generation, key, version, value) "  # noqa: S608  (no input)
            f"SELECT * FROM ({listed}) AS given WHERE EXISTS "
            f"(SELECT 1 FROM {_DETECTOR} WHERE id = %s AND generation = %s) "
            "ON CONFLICT (detector_id, generation, key) DO UPDATE "
            "SET version = excluded.version, value = excluded.value "
            f"WHERE {_STATE}.version = excluded.version - 1"
        )
    return _statements[rows]
