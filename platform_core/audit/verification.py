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
        checked: number of the last entry found good: all up to it are, or all since `after`.
        first_bad_id: id of the first entry that fails; empty when none, or when it is missing.
        message: what was found, for a person.
        rest: entries of the chain that were left for a further call.
    """

    ok: bool
    checked: int
    first_bad_id: str
    message: str
    rest: int = 0


def verify(*, organisation: Organisation, after: int = 0, most: int | None = None) -> Verification:
    """Check the chain of `organisation`: numbers, links, hashes, its head and its signed heads.

    Entries added while it runs are left for the next time.

    Args:
        organisation: whose chain.
        after: begin behind this entry, which an earlier call found good.
        most: entries to check at most; `Verification.rest` says how many are left.
    """
    # read before the head: writers move both together, so the head can only be ahead of it
    newest = _newest(organisation)
    head = ChainHead.objects.filter(organisation=organisation).first()
    claimed = (head.sequence, head.hash) if head else (0, chain.GENESIS)
    last = claimed[0] if most is None else min(claimed[0], after + most)
    digest, checked = _hash_of(organisation, after), after
    signed = _signed_heads(organisation, after, last)
    for entry in _in_order(organisation, after, last):
        fault = _fault(entry, checked + 1, digest, signed)
        if fault:
            return Verification(
                ok=False, checked=checked, first_bad_id=str(entry.pk), message=fault
            )
        digest, checked = entry.hash, checked + 1
    if checked == last < claimed[0]:
        return _so_far(checked, rest=claimed[0] - last)
    if claimed != (checked, digest) or max(newest, _furthest_signed(organisation)) > checked:
        fault = f"The log breaks off after entry {checked}, but more entries were written."
        return Verification(ok=False, checked=checked, first_bad_id="", message=fault)
    return _so_far(checked, rest=0)


def _so_far(checked: int, *, rest: int) -> Verification:
    words = f"{rest} are still to be checked." if rest else "the chain is whole."
    message = f"{checked} entries checked; {words}"
    return Verification(ok=True, checked=checked, first_bad_id="", message=message, rest=rest)


def _hash_of(organisation: Organisation, sequence: int) -> str:
    """Return the hash an entry carries: the genesis for none, and nothing that fits for a missing one."""
    if sequence == 0:
        return chain.GENESIS
    hashes = Entry.objects.owned_by(organisation).filter(sequence=sequence).values_list("hash")
    return next((found for (found,) in hashes), "")


def _newest(organisation: Organisation) -> int:
    found = Entry.objects.owned_by(organisation).aggregate(newest=Max("sequence"))
    return int(found["newest"] or 0)


def _furthest_signed(organisation: Organisation) -> int:
    found = SignedHead.objects.owned_by(organisation).aggregate(newest=Max("sequence"))
    return int(found["newest"] or 0)


def _in_order(organisation: Organisation, after: int, last: int) -> Iterator[Entry]:
    rows = Entry.objects.owned_by(organisation).filter(sequence__gt=after, sequence__lte=last)
    return rows.order_by("sequence").iterator(chunk_size=_ROWS_PER_READ)


def _signed_heads(organisation: Organisation, after: int, last: int) -> dict[int, SignedHead]:
    """Return the signed heads by number; one in 64 entries, so they fit in memory."""
    rows = SignedHead.objects.owned_by(organisation)
    return {row.sequence: row for row in rows.filter(sequence__gt=after, sequence__lte=last)}


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
