"""The way of an event: states read, features computed, the model asked, decided, and stored.

Shapes: F features.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import numpy as np
import structlog
from django.utils import timezone
from numpy.typing import NDArray

from apps.fraud import selectors
from apps.fraud.engine.live import knowing, states, telling, verdicts, wording
from apps.fraud.engine.live.asked import Asked, read
from apps.fraud.engine.live.knowing import Known
from apps.fraud.errors import StateConflictError
from apps.fraud.models import Decision
from apps.fraud.services import recording, sealing
from apps.fraud.services.deciding import Ruling
from ml.fraud.features import online
from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError
from platform_core.serving import api as serving

MAX_EVENTS = 500
MODEL_TIMEOUT_S = 1.0
_TRIES = 50
log = structlog.get_logger("pentaquark.fraud")


@dataclass(frozen=True)
class Scored:
    """What the model said; `score` is None where it did not answer.

    Attributes:
        contributions: of each feature and, last, what every event starts with; empty where none are given.
    """

    score: float | None
    contributions: NDArray[np.float32]
    version: str


def score(
    *, actor: Actor, name: str, events: Sequence[object], dry_run: bool = False
) -> list[dict[str, Any]]:
    """Decide about events, in the order given, and store decisions and states.

    An event that was decided before is answered as it was then; a dry run stores nothing.

    Raises:
        DetectorNotFoundError, DetectorNotReadyError, TrainingFailedError: see knowing.ready.
        EventInvalidError: an event cannot be read; none of them is decided.
        StateConflictError: too many events of the same entities at once.
    """
    actor.require("prediction.call")
    known = knowing.ready(actor=actor, name=name)
    asked = [read(known, event) for event in events]
    return [_decided(actor, known, each, dry_run=dry_run) for each in asked]


def _decided(actor: Actor, known: Known, asked: Asked, *, dry_run: bool) -> dict[str, Any]:
    started_s = time.perf_counter()
    for _ in range(_TRIES):
        try:
            return _once(actor, known, asked, started_s, dry_run=dry_run)
        except recording.DecidedMeanwhileError:
            found = selectors.of_event(detector=known.detector, event_ids=[asked.event_id])
            if asked.event_id in found:
                return telling.stored(found[asked.event_id])
        except recording.MovedMeanwhileError:
            known = knowing.ready(actor=actor, name=known.detector.name)
    raise StateConflictError(
        f"“{asked.event_id}” met other events of the same entities again and again.",
        remedy="Send it again.",
    )


def _once(
    actor: Actor, known: Known, asked: Asked, started_s: float, *, dry_run: bool
) -> dict[str, Any]:
    held = states.read(known, asked.fields)
    decided_at = timezone.now()  # after the read: events of one entity are ordered by it
    features_F, new = online.compute(asked.fields, held.values, known.features)
    if held.values and not new:
        # every state holds this event already
        found = selectors.of_event(detector=known.detector, event_ids=[asked.event_id])
        if asked.event_id in found:
            return telling.stored(found[asked.event_id])
    scored = ask(actor, known, features_F)
    named = {**dict(zip(known.features.names, features_F.tolist(), strict=True)), **asked.fields}
    basis = verdicts.basis(known, asked, {**named, "score": scored.score})
    ruling = verdicts.rule(basis, scored.score, asked.amount)
    body = _body(known, asked, features_F, scored, basis)
    decision = _decision(known, asked, scored, ruling, decided_at)
    decision.rules_version = basis.rules_version
    decision.policy_version = basis.policy_version
    decision.took_ms = round((time.perf_counter() - started_s) * 1000, 3)
    if not dry_run:
        decision.body = sealing.seal_body(known.sealer, str(decision.pk), body)
        states.record(known, decision, held, new, basis.rule_hits)
    return telling.answer(known.features.names, decision, body, dry_run=dry_run)


def ask(actor: Actor, known: Known, features_F: NDArray[np.float64], version: str = "") -> Scored:
    """Return what the model says; a model that does not answer leaves the decision to the fallback."""
    try:
        answer = serving.predict(
            actor=actor,
            endpoint=known.detector.name,
            inputs={"features": features_F.astype(np.float32)[None]},
            parameters={"explain": True},
            version=version,
            as_platform=True,
            timeout_s=MODEL_TIMEOUT_S,
        )
    except PlatformError as error:
        log.warning("model.silent", detector=known.detector.name, error=type(error).__name__)
        return Scored(None, np.zeros(0, dtype=np.float32), "")
    contributions = answer.outputs.get("contributions", np.zeros((1, 0), dtype=np.float32))[0]
    return Scored(float(answer.outputs["score"][0]), contributions, answer.model_version)


def _decision(
    known: Known, asked: Asked, scored: Scored, ruling: Ruling, decided_at: datetime
) -> Decision:
    detector = known.detector
    return Decision(
        pk=uuid4(),
        organisation_id=detector.organisation_id,
        detector_id=detector.pk,
        event_id=asked.event_id,
        occurred_at=asked.occurred_at,
        decided_at=decided_at,
        outcome=ruling.outcome,
        score=scored.score,
        amount=asked.amount,
        expected_loss=(scored.score or 0.0) * max(asked.amount, 0.0),
        decided_by=ruling.decided_by[:40],
        is_fallback=scored.score is None,
        model_version=scored.version,
        customer=asked.entities[0],
        entities=asked.entities,
    )


def _body(
    known: Known,
    asked: Asked,
    features_F: NDArray[np.float64],
    scored: Scored,
    basis: verdicts.Basis,
) -> dict[str, Any]:
    """Return what decides the same again."""
    return {
        "event": asked.fields,
        "features": [value if math.isfinite(value) else None for value in features_F.tolist()],
        "contributions": scored.contributions.tolist(),
        "reasons": wording.reasons(known, features_F, scored.contributions),
        **basis.body(),
    }
