"""Asks the runtime: recommendations, scores, similar items, search."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.recommendation import selectors
from apps.recommendation.errors import (
    ItemUnknownError,
    RecommenderNotReadyError,
    TrainingFailedError,
)
from apps.recommendation.models import Recommender
from apps.recommendation.services import answers
from apps.recommendation.services.answers import Found, Recommendations, Scores, SimilarItems
from apps.recommendation.services.bounds import (
    MAX_ITEMS,
    MAX_PICKS,
    check_batch,
    check_id,
    check_ids,
    check_k,
)
from platform_core.accounts.api import Actor
from platform_core.serving import api as serving

NEW_VISITOR = "\N{REPLACEMENT CHARACTER}new visitor"
"""Asked for somebody who has no id yet; no data set holds it, so only the history speaks."""


@dataclass(frozen=True)
class Question:
    """How many items, and which to leave out.

    Attributes:
        k: items per user.
        exclude_seen: leave out what the user touched, in the data or through events.
        history: items to count as touched besides the recorded events, latest first.
    """

    k: int = 10
    exclude_seen: bool = True
    history: Sequence[str] = field(default_factory=tuple)


DEFAULT = Question()


def recommend(
    *, actor: Actor, name: str, user: str, question: Question = DEFAULT
) -> Recommendations:
    """Return the best items for one user; `known` is False where they are the most popular ones.

    Raises:
        RecommenderNotFoundError, RecommenderNotReadyError, TrainingFailedError: see _ready.
        InvalidInputError: the id or `k` is out of bounds.
        UnavailableError: the runtime does not answer.
    """
    return recommend_batch(actor=actor, name=name, users=[user], question=question)[0]


def recommend_batch(
    *, actor: Actor, name: str, users: Sequence[str], question: Question = DEFAULT
) -> list[Recommendations]:
    """Return the best items for each of many users, in their order."""
    actor.require("prediction.call")
    asked = check_batch(users, question.k)
    extra = check_ids(question.history, "item", MAX_PICKS) if question.history else []
    recommender = _ready(actor, name)
    inputs = {
        "user": asked,
        "k": [question.k],
        "exclude_seen": [question.exclude_seen],
        "history": _histories(recommender, asked, extra),
    }
    answer = _ask(actor, name, "recommend", inputs)
    known = answer.outputs["known"]
    return [
        Recommendations(user, bool(known[row]), items, answer.model_version)
        for row, (user, items) in enumerate(zip(asked, answers.rows(answer.outputs), strict=True))
    ]


def recommend_to_visitor(
    *, actor: Actor, name: str, items: Sequence[str], k: int = 10
) -> Recommendations:
    """Return the best items for somebody new who picked a few."""
    return recommend(actor=actor, name=name, user=NEW_VISITOR, question=Question(k, history=items))


def score(*, actor: Actor, name: str, user: str, items: Sequence[str]) -> Scores:
    """Return the score of each given item for a user, in the given order."""
    actor.require("prediction.call")
    check_id(user, "user")
    asked = check_ids(items, "item", MAX_ITEMS)
    recommender = _ready(actor, name)
    inputs = {"user": [user], "item": asked, "history": _histories(recommender, [user], [])}
    answer = _ask(actor, name, "score", inputs)
    values = [
        None if math.isnan(value) else float(value) for value in answer.outputs["scores"].ravel()
    ]
    return Scores(user, bool(answer.outputs["known"][0]), values, answer.model_version)


def similar(*, actor: Actor, name: str, item: str, k: int = 10) -> SimilarItems:
    """Return the items most like one item.

    Raises:
        ItemUnknownError: the item was not in the training data.
    """
    actor.require("prediction.call")
    check_id(item, "item")
    inputs = {"item": [item], "k": [check_k(k)]}
    _ready(actor, name)
    answer = _ask(actor, name, "similar", inputs)
    if not answer.outputs["known"][0]:
        raise ItemUnknownError(
            f"“{item[:80]}” was not in the data “{name}” learned from.",
            remedy="Check the id, or retrain on data that holds the item.",
            field="item",
        )
    return SimilarItems(item, answers.rows(answer.outputs)[0], answer.model_version)


def search(*, actor: Actor, name: str, prefix: str, kind: str = "user", k: int = 10) -> list[Found]:
    """Return users or items whose id or title contains `prefix`, those that begin with it first."""
    actor.require("prediction.call")
    if prefix:
        check_id(prefix, "prefix")
    _ready(actor, name)
    inputs = {"prefix": [prefix], "kind": [kind], "k": [check_k(k)]}
    outputs = _ask(actor, name, "search", inputs).outputs
    return answers.found(outputs["ids"], outputs["titles"], outputs["counts"])


def history(*, actor: Actor, name: str, user: str, k: int = 20) -> list[Found]:
    """Return what a user touched in the training data, latest first where times were given."""
    actor.require("prediction.call")
    inputs = {"user": [check_id(user, "user")], "k": [check_k(k)]}
    _ready(actor, name)
    outputs = _ask(actor, name, "history", inputs).outputs
    return answers.found(outputs["items"], outputs["titles"])


def titles(*, actor: Actor, name: str, items: Sequence[str]) -> list[Found]:
    """Return the items with their titles; an unknown one has none."""
    actor.require("prediction.call")
    if not items:
        return []
    asked = check_ids(items, "item", MAX_ITEMS)
    _ready(actor, name)
    outputs = _ask(actor, name, "titles", {"item": asked}).outputs
    return answers.found(asked, outputs["titles"])


def _histories(recommender: Recommender, users: Sequence[str], extra: list[str]) -> list[str]:
    touched = selectors.histories(recommender=recommender, users=users)
    return [json.dumps(extra + touched.get(user, []), ensure_ascii=False) for user in users]


def _ask(actor: Actor, name: str, operation: str, inputs: Mapping[str, Any]) -> serving.Prediction:
    return serving.predict(
        actor=actor, endpoint=name, inputs=inputs, parameters={"operation": operation}
    )


def _ready(actor: Actor, name: str) -> Recommender:
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
