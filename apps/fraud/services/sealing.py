"""What is sealed and how: the bodies of decisions and the states of entities."""

from typing import Any

import orjson

from apps.fraud.models import Decision
from platform_core.vault import api as vault


def seal_body(sealer: vault.Sealer, decision_id: str, body: dict[str, Any]) -> bytes:
    """Return the sealed body of a decision."""
    return sealer.seal(orjson.dumps(body), "decision", decision_id)


def body_of(decision: Decision) -> dict[str, Any]:
    """Return what a decision was made from: event, features, contributions, reasons, rule hits.

    Raises:
        DataKeyShreddedError: the detector was deleted.
        DecryptionError: the row was altered.
    """
    sealer = vault.sealer(decision.detector.data_key_id)
    opened: dict[str, Any] = orjson.loads(
        sealer.unseal(bytes(decision.body), "decision", str(decision.pk))
    )
    return opened
