"""Checks a chain from its first entry to its head, in constant memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max

from platform_core.accounts.api import Organisation
from platform_core.audit import chain, signing
from platform_core.audit.models import ChainHead, Entry, SignedHead

_ROWS_PER_READ = 2000


@dataclass(frozen=True)
class Verification:
    """The outcome of checking a chain.

    Attributes:
        ok: every entry is present, unchanged and in its place.
        checked: entries found good before the end or the first bad one.
        first_bad_id: id of the first entry that fails; empty when none, or when it is missing.
        message: what was found, for a person.
    """

    ok: bool
    checked: int
    first_bad_id: str
    message: str


def verify(*, organisation: Organisation) -> Verification:
    """Check the chain of `organisation`: numbers, links, hashes, its head and its signed heads.

    Entries added while it runs are left for the next time.
    """
    # read before the head: writers move both together, so the head can only be ahead of it
    newest = _newest(organisation)
    head = ChainHead.objects.filter(organisation=organisation).first()
    digest, checked = chain.GENESIS, 0
    signed = _signed_heads(organisation)
    for entry in _in_order(organisation, head.sequence if head else 0):
        fault = _fault(entry, checked + 1, digest, signed)
        if fault:
            return Verification(
                ok=False, checked=checked, first_bad_id=str(entry.pk), message=fault
            )
        digest, checked = entry.hash, checked + 1
    claimed = (head.sequence, head.hash) if head else (0, chain.GENESIS)
    furthest = max([newest, *signed])
    if claimed != (checked, digest) or furthest > checked:
        fault = f"The log breaks off after entry {checked}, but more entries were written."
        return Verification(ok=False, checked=checked, first_bad_id="", message=fault)
    message = f"{checked} entries checked; the chain is whole."
    return Verification(ok=True, checked=checked, first_bad_id="", message=message)


def _newest(organisation: Organisation) -> int:
    found = Entry.objects.owned_by(organisation).aggregate(newest=Max("sequence"))
    return int(found["newest"] or 0)


def _in_order(organisation: Organisation, last: int) -> Iterator[Entry]:
    rows = Entry.objects.owned_by(organisation).filter(sequence__lte=last).order_by("sequence")
    return rows.iterator(chunk_size=_ROWS_PER_READ)


def _signed_heads(organisation: Organisation) -> dict[int, SignedHead]:
    """Return the signed heads by number; one in 64 entries, so they fit in memory."""
    return {row.sequence: row for row in SignedHead.objects.owned_by(organisation)}


def _fault(entry: Entry, expected: int, previous: str, signed: dict[int, SignedHead]) -> str:
    """Say what is wrong with `entry` at its place; empty when nothing is."""
    if entry.sequence != expected:
        return f"Entry {expected} is missing: entry {entry.sequence} stands in its place."
    if entry.previous_hash != previous:
        return f"Entry {expected} does not follow from the entry before it."
    if entry.hash != chain.entry_hash(entry):
        return f"Entry {expected} was changed after it was written."
    witness = signed.get(expected)
    if witness is not None and (witness.hash != entry.hash or not signing.is_genuine(witness)):
        return f"Entry {expected} does not agree with the signature made when it was the newest."
    return ""
