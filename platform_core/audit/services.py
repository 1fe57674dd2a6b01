"""Adds entries to the log, and checks it on request."""

import re
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from platform_core.accounts.api import Actor, Organisation
from platform_core.audit import chain, signing
from platform_core.audit.chain import JSON
from platform_core.audit.models import ChainHead, Entry
from platform_core.audit.verification import Verification, verify

_ACTION = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_MAX_TARGET_CHARS = 200
CHECKED_AT_ONCE = 50_000
"""Entries a request checks: some four seconds."""
SIGN_EVERY = 64
"""Entries from one signed head to the next: fewer than this many of the newest can be cut off unnoticed."""


@transaction.atomic(savepoint=False)  # a failed entry takes the action it describes with it
def record(
    *, actor: Actor, action: str, target: str, details: Mapping[str, JSON] | None = None
) -> None:
    """Add one entry to the log of the actor's organisation, in the caller's transaction.

    The chain's head row stays locked until that transaction ends, so writers queue up and the chain
    cannot fork; keep such transactions short. On SQLite the transaction itself is the lock
    (`BEGIN IMMEDIATE`).

    Args:
        actor: who; only ids are kept.
        action: what, for example "dataset.delete".
        target: to which object, for example "dataset:<uuid>".
        details: what a reader needs to understand it, without personal data and secrets; beyond
            8 KiB only its size and SHA-256 are kept.

    Raises:
        ValueError: the action or the target is malformed (an error of the calling code).
    """
    if not _ACTION.fullmatch(action) or not 0 < len(target) <= _MAX_TARGET_CHARS:
        raise ValueError(f"malformed audit entry: {action!r} on {target[:40]!r}")
    head = _lock_head(actor.organisation)
    entry = Entry(
        organisation=actor.organisation,
        created_at=timezone.now(),
        sequence=head.sequence + 1,
        user_id=actor.user.pk if actor.user else None,
        api_key_id=actor.api_key_id,
        action=action,
        target=target,
        details_text=chain.details_text(details or {}),
        request_id=actor.request_id[:64],
        previous_hash=head.hash,
    )
    _append(head, entry)


def verify_and_sign(*, actor: Actor, after: int = 0) -> Verification:
    """Check the actor's organisation's chain, note that it was checked, and sign a whole chain's head.

    A long chain is checked in several calls, each within the time of a request.

    Args:
        actor: needs audit.view.
        after: number of the entry up to which an earlier call found the chain good.

    Raises:
        PermissionDeniedError: the actor may not read the log.
    """
    actor.require("audit.view")
    # outside the transaction: checking a long log must not keep its writers waiting
    found = verify(organisation=actor.organisation, after=after, most=CHECKED_AT_ONCE)
    with transaction.atomic():
        record(
            actor=actor,
            action="audit.verify",
            target=f"organisation:{actor.organisation.pk}",
            details={"ok": found.ok, "after": after, "checked": found.checked, "rest": found.rest},
        )
        if found.ok and not (after or found.rest):  # seen whole in one look
            signing.sign_head(organisation=actor.organisation)
    return found


def _lock_head(organisation: Organisation) -> ChainHead:
    """Return the head of the chain, locked; the organisation's first writer makes it."""
    heads = ChainHead.objects.select_for_update().filter(organisation=organisation)
    found = heads.first()
    if found is not None:
        return found
    ChainHead.objects.get_or_create(organisation=organisation, defaults={"hash": chain.GENESIS})
    return heads.get()


def _append(head: ChainHead, entry: Entry) -> None:
    entry.hash = chain.entry_hash(entry)
    entry.save()
    head.sequence, head.hash = entry.sequence, entry.hash
    head.save(update_fields=["sequence", "hash"])
    if entry.sequence % SIGN_EVERY == 0:
        signing.sign_head(organisation=entry.organisation)
