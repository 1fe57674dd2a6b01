"""Decisions as the asking system reads them."""

from collections.abc import Sequence
from typing import Any

from apps.fraud.models import Decision
from apps.fraud.services import sealing


def answer(
    names: Sequence[str], decision: Decision, body: dict[str, Any], *, dry_run: bool = False
) -> dict[str, Any]:
    """Return a decision as JSON; `names` are of the features."""
    told = {
        "id": None if dry_run else str(decision.pk),
        "event_id": decision.event_id,
        "decision": str(decision.outcome),
        "score": decision.score,
        "reasons": body["reasons"],
        "features": dict(zip(names, body["features"], strict=True)),
        "rule_hits": body["rule_hits"],
        "decided_by": decision.decided_by,
        "fallback": decision.is_fallback,
        "version": decision.model_version,
        "rules_version": decision.rules_version,
        "policy_version": decision.policy_version,
        "decided_at": decision.decided_at.isoformat(),
    }
    return {**told, "dry_run": True} if dry_run else told


def stored(decision: Decision) -> dict[str, Any]:
    """Return a stored decision as JSON.

    Raises:
        DataKeyShreddedError, DecryptionError: see sealing.body_of.
    """
    names = [each["name"] for each in decision.detector.features["features"]]
    return answer(names, decision, sealing.body_of(decision))


def whole(decision: Decision) -> dict[str, Any]:
    """Return a stored decision with all that it was made from.

    Raises:
        DataKeyShreddedError, DecryptionError: see sealing.body_of.
    """
    detector, body = decision.detector, sealing.body_of(decision)
    names = [each["name"] for each in detector.features["features"]]
    return {
        **answer(names, decision, body),
        "detector": detector.name,
        "event": body["event"],
        "amount": decision.amount,
        "contributions": dict(zip([*names, "start"], body["contributions"], strict=False)),
        "took_ms": decision.took_ms,
    }
