"""The way to the predictor: a recommender that can answer, its rules, and the items told since training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.recommendation import selectors
from apps.recommendation.errors import RecommenderNotReadyError, TrainingFailedError
from apps.recommendation.models import Recommender, Rule
from apps.recommendation.services.questions import as_json
from platform_core.accounts.api import Actor
from platform_core.errors import UnavailableError
from platform_core.serving import api as serving

MAX_TELLINGS = 20
"""Times one question is repeated for a runtime that lacks live items; each time tells 2000."""
_REMEMBERED = 1_000
_rules: dict[Any, tuple[int, list[Rule]]] = {}


@dataclass(frozen=True)
class Route:
    """Who shall answer; see serving.api.predict."""

    alias: str | None = None
    version: str = ""
    sticky_key: str = ""


ANYBODY = Route()


def ask(
    *,
    actor: Actor,
    recommender: Recommender,
    operation: str,
    inputs: Mapping[str, Any],
    route: Route = ANYBODY,
) -> serving.Prediction:
    """Return the predictor's answer.

    A runtime that has not heard of the latest live items says how far it has; the question is then repeated
    with what it lacks. So an answer never misses what was told before the question.

    Raises:
        PredictionRefusedError: the model cannot take these inputs.
        UnavailableError: the runtime does not answer, or cannot be told enough.
    """
    sent = dict(inputs)
    wanted = recommender.live_sequence
    if wanted:
        sent["live"] = [as_json({"sequence": wanted})]
    for _ in range(MAX_TELLINGS):
        answer = serving.predict(
            actor=actor,
            endpoint=recommender.name,
            inputs=sent,
            parameters={"operation": operation},
            alias=route.alias,
            version=route.version,
            sticky_key=route.sticky_key,
            as_platform=True,
        )
        if "live_sequence" not in answer.outputs:
            return answer
        since = int(answer.outputs["live_sequence"].ravel()[0])
        missed = selectors.live_changes(recommender=recommender, since=since)
        sent["live"] = [as_json({"sequence": wanted, "since": since, **missed})]
    raise UnavailableError(
        "The model runtime has not caught up with the latest items.", remedy="Ask again."
    )


def ready(*, actor: Actor, name: str) -> Recommender:
    """Return a recommender that has a version to answer with.

    Raises:
        RecommenderNotFoundError: unknown name.
        RecommenderNotReadyError: its first training waits or runs; `job` names it.
        TrainingFailedError: its only training ended without a version; repeats the job's words.
    """
    recommender = selectors.get_recommender(actor=actor, name=name)
    if recommender.serving_version is not None:
        return recommender
    where = {"job": str(recommender.job_id), "job_url": f"/api/v1/jobs/{recommender.job_id}/"}
    if recommender.is_training:
        raise RecommenderNotReadyError(
            f"“{name}” is still in training.", remedy="Ask again when its job has ended.", **where
        )
    job = selectors.latest_job(actor=actor, recommender=recommender)
    error = (job.error if job else None) or {}
    raise TrainingFailedError(
        f"“{name}” has no version: {error.get('detail') or 'its training ended early.'}",
        remedy=error.get("remedy") or "Mend the data or the parameters and retrain.",
        **where,
    )


def standing_rules(recommender: Recommender) -> list[dict[str, Any]]:
    """Return the recommender's rules that are active now; read again only after a change."""
    if not recommender.rules_sequence:
        return []
    remembered = _rules.get(recommender.pk)
    if remembered is None or remembered[0] != recommender.rules_sequence:
        if len(_rules) >= _REMEMBERED:
            _rules.clear()
        remembered = (recommender.rules_sequence, list(recommender.rules.all()))
        _rules[recommender.pk] = remembered
    now = timezone.now()
    return [rule.told() for rule in remembered[1] if rule.is_active(now)]
