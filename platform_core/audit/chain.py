"""The hash chain: what an entry's SHA-256 covers, and how its text is made canonical."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from platform_core.audit.models import Entry

JSON: TypeAlias = "bool | int | float | str | list[JSON] | Mapping[str, JSON] | None"

GENESIS = "0" * 64
"""The `previous_hash` of an organisation's first entry."""

MAX_DETAILS_BYTES = 8192


def canonical(value: object) -> str:
    """Return the one text of a JSON value: sorted keys, no spaces, ASCII only.

    Raises:
        ValueError: NaN or infinity, which JSON cannot say.
        TypeError: a value JSON does not have.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def details_text(details: Mapping[str, JSON]) -> str:
    """Return the canonical text of `details`; beyond 8 KiB only its size and SHA-256 are kept."""
    text = canonical(dict(details))
    if len(text) <= MAX_DETAILS_BYTES:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return canonical({"omitted": {"bytes": len(text), "sha256": digest}})


def entry_hash(entry: "Entry") -> str:
    """Return the SHA-256 over every column of `entry`, its place in the chain and its predecessor."""
    covered = {
        "organisation": str(entry.organisation_id),
        "id": str(entry.pk),
        "sequence": entry.sequence,
        "created_at": entry.created_at.isoformat(timespec="microseconds"),
        "user": str(entry.user_id or ""),
        "api_key": entry.api_key_id,
        "action": entry.action,
        "target": entry.target,
        "details": entry.details_text,
        "request_id": entry.request_id,
        "previous": entry.previous_hash,
    }
    return hashlib.sha256(canonical(covered).encode()).hexdigest()


def head_payload(organisation_id: object, sequence: int, digest: str) -> bytes:
    """Return the bytes a signed head signs."""
    return canonical(
        {"pentaquark-audit-head": 1, "organisation": str(organisation_id)}
        | {"sequence": sequence, "hash": digest}
    ).encode()
