"""A decision made again from what it stored."""

import math
from typing import Any

import numpy as np

from apps.fraud import selectors
from apps.fraud.engine.live import knowing, scoring, verdicts
from apps.fraud.services import sealing
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit

_CLOSE = 1e-6


def replay(*, actor: Actor, decision_id: str) -> dict[str, Any]:
    """Ask the same version about the same features, judge by the same rules and policy, and compare.

    Returns:
        `then` and `now` with decision and score, `same`, and `differs`: what is not the same.

    Raises:
        DecisionNotFoundError: unknown id.
        DataKeyShreddedError, DecryptionError: see sealing.body_of.
    """
    actor.require("decision.view")
    decision = selectors.get_decision(actor=actor, decision_id=decision_id)
    body = sealing.body_of(decision)
    known = knowing.of(decision.detector)
    features_F = np.array(
        [math.nan if value is None else value for value in body["features"]], dtype=np.float64
    )
    score: float | None = None
    if decision.score is not None:
        score = scoring.ask(actor, known, features_F, decision.model_version).score
    ruling = verdicts.rule(verdicts.basis_of(body), score, decision.amount)
    differs = []
    if (score is None) != (decision.score is None) or _apart(score, decision.score):
        differs.append("score")
    if str(ruling.outcome.value) != decision.outcome:
        differs.append("decision")
    audit.record(
        actor=actor,
        action="decision.replayed",
        target=f"decision:{decision.pk}",
        details={"same": not differs},
    )
    return {
        "id": str(decision.pk),
        "same": not differs,
        "differs": differs,
        "then": {"decision": decision.outcome, "score": decision.score},
        "now": {"decision": str(ruling.outcome.value), "score": score},
        "version": decision.model_version,
        "rules_version": decision.rules_version,
        "policy_version": decision.policy_version,
    }


def _apart(now: float | None, then: float | None) -> bool:
    return now is not None and then is not None and not math.isclose(now, then, abs_tol=_CLOSE)
