"""The rules, lists and policy that decide about a detector's events now, compiled once after each change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.fraud.models import Detector, ListEntry, Outcome, PolicyVersion, RuleSet
from apps.fraud.services.deciding import ListHit, Policy, RuleHit
from ml.fraud.features import values
from ml.fraud.rules.expression import Expression, parse
from ml.fraud.rules.tree import Kind

_REMEMBERED = 256
_HELD_ENTRIES = 20_000
"""Lists up to this length lie in memory; longer ones are asked of the database, once per event."""
_books: dict[UUID, "Rulebook"] = {}


@dataclass(frozen=True)
class Entry:
    """One list entry: who, which list, until when."""

    id: str
    list: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Rulebook:
    """What decides, as of one sequence of the detector.

    Attributes:
        kinds: field -> kind, of the fields that the rules read.
        entries: key -> entries; None where the lists are too long to be held.
    """

    detector_id: UUID
    sequence: int
    rules_version: str
    policy_version: str
    policy: Policy
    rules: tuple[tuple[RuleHit, Expression], ...]
    kinds: Mapping[str, Kind]
    entries: Mapping[str, Sequence[Entry]] | None

    def rule_hits(self, named: Mapping[str, Any]) -> tuple[RuleHit, ...]:
        """Return the rules that are true; `named` holds the event's fields, features and score."""
        if not self.rules:
            return ()
        read = dict(named)
        for name, kind in self.kinds.items():
            if kind is Kind.NUMBER and isinstance(read.get(name), str):
                read[name] = values.number_of(read[name])  # as the features read it
            elif kind is Kind.STRING and isinstance(read.get(name), float):
                read[name] = values.text_of(read[name])
        return tuple(hit for hit, condition in self.rules if condition.matches(read))

    def list_hits(
        self, columns: Sequence[str], keys: Sequence[str], now: datetime
    ) -> tuple[ListHit, ...]:
        """Return the entries that hold now of an event's entities, given by column and key."""
        found = _found(self.detector_id, keys) if self.entries is None else self.entries
        return tuple(
            ListHit(entry.id, entry.list, column)
            for column, key in zip(columns, keys, strict=True)
            for entry in found.get(key, ())
            if key and (entry.expires_at is None or now < entry.expires_at)
        )


def of(detector: Detector, sequence: int) -> Rulebook:
    """Return the rulebook of a detector, read again only after a change."""
    book = _books.get(detector.pk)
    if book is not None and book.sequence == sequence:
        return book
    if len(_books) >= _REMEMBERED:
        _books.clear()
    book = _books[detector.pk] = _read(detector, sequence)
    return book


def _read(detector: Detector, sequence: int) -> Rulebook:
    rules = RuleSet.objects.filter(detector=detector).order_by("-number").first()
    policy = PolicyVersion.objects.filter(detector=detector, is_active=True).first()
    is_long = ListEntry.objects.filter(detector=detector).count() > _HELD_ENTRIES
    compiled = tuple(_compiled(told) for told in rules.rules) if rules else ()
    return Rulebook(
        detector_id=detector.pk,
        sequence=sequence,
        rules_version=str(rules.number) if rules else "",
        policy_version=str(policy.number) if policy else "",
        policy=Policy.of(policy.body) if policy else Policy(),
        rules=compiled,
        kinds={name: kind for _, rule in compiled for name, kind in rule.kinds.items()},
        entries=None if is_long else _found(detector.pk, None),
    )


def _compiled(told: Mapping[str, Any]) -> tuple[RuleHit, Expression]:
    hit = RuleHit(
        rule=told["rule"],
        name=told["name"],
        version=told["version"],
        action=Outcome(told["action"]),
        shadow=told["shadow"],
    )
    return hit, parse(told["text"], told["kinds"])


def _found(detector_id: UUID, keys: Sequence[str] | None) -> dict[str, list[Entry]]:
    rows = ListEntry.objects.filter(detector_id=detector_id).order_by("list")
    if keys is not None:
        rows = rows.filter(key__in=[key for key in keys if key])
    found: dict[str, list[Entry]] = {}
    for pk, key, name, expires_at in rows.values_list("pk", "key", "list", "expires_at"):
        found.setdefault(key, []).append(Entry(str(pk), name, expires_at))
    return found
